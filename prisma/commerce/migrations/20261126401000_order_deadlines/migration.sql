-- How long an order may stay where its money is in escrow, by rules from a day on.
CREATE TABLE "order_deadline_rule" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "seconds" INTEGER NOT NULL,

    CONSTRAINT "order_deadline_rule_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "order_deadline_rule_kind_valid_from_key" ON "order_deadline_rule"("kind", "valid_from");

ALTER TABLE "order_deadline_rule"
  ADD CONSTRAINT "order_deadline_rule_kind" CHECK ("kind" IN ('SHIP_BY', 'DELIVER_BY', 'DISPUTE_AGE', 'RETURN_WINDOW', 'RETURN_ANSWER', 'RETURN_ARRIVAL')),
  ADD CONSTRAINT "order_deadline_rule_within_bounds" CHECK ("seconds" BETWEEN 1 AND 31536000);

-- Five days to send, three weeks to arrive, a week for a dispute; a week to ask for a return, three days to answer it, two
-- weeks for the goods to come back.
INSERT INTO "order_deadline_rule" ("id", "kind", "valid_from", "seconds") VALUES
  (gen_random_uuid(), 'SHIP_BY', '2024-01-01T00:00:00+07:00', 432000),
  (gen_random_uuid(), 'DELIVER_BY', '2024-01-01T00:00:00+07:00', 1814400),
  (gen_random_uuid(), 'DISPUTE_AGE', '2024-01-01T00:00:00+07:00', 604800),
  (gen_random_uuid(), 'RETURN_WINDOW', '2024-01-01T00:00:00+07:00', 604800),
  (gen_random_uuid(), 'RETURN_ANSWER', '2024-01-01T00:00:00+07:00', 259200),
  (gen_random_uuid(), 'RETURN_ARRIVAL', '2024-01-01T00:00:00+07:00', 1209600);

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "order_deadline_rule" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "order_deadline_rule" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
