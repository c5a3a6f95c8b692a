-- An order's life after it is paid: shipping, delivery, completion, dispute; its timeline; who gets what.

ALTER TYPE "order_status" ADD VALUE 'SHIPPED' AFTER 'CONFIRMED';
ALTER TYPE "order_status" ADD VALUE 'DELIVERED' AFTER 'SHIPPED';
ALTER TYPE "order_status" ADD VALUE 'COMPLETED' AFTER 'DELIVERED';
ALTER TYPE "reservation_state" ADD VALUE 'RETURNED';

CREATE TYPE "order_dispute" AS ENUM ('NONE', 'OPEN', 'RESOLVED');
ALTER TABLE "order" ADD COLUMN "dispute" "order_dispute" NOT NULL DEFAULT 'NONE';

CREATE TABLE "order_event" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "reason" TEXT,
    "amount_minor" BIGINT,
    "currency" CHAR(3),
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_event_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "money_rule" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "base_numerator" INTEGER NOT NULL DEFAULT 1,
    "base_denominator" INTEGER NOT NULL DEFAULT 1,
    "window_days" INTEGER,

    CONSTRAINT "money_rule_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "commission_accrual" (
    "id" UUID NOT NULL,
    "organisation" TEXT NOT NULL,
    "order_id" UUID NOT NULL,
    "line_id" UUID NOT NULL,
    "cause" UUID NOT NULL,
    "product_id" TEXT NOT NULL,
    "creator_id" TEXT NOT NULL,
    "video_id" TEXT,
    "live_session_id" TEXT,
    "clicked_at" TIMESTAMPTZ(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "commission_accrual_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "order_event_order_id_at_id_idx" ON "order_event"("order_id", "at", "id");
CREATE UNIQUE INDEX "money_rule_kind_valid_from_key" ON "money_rule"("kind", "valid_from");
CREATE UNIQUE INDEX "commission_accrual_cause_line_id_key" ON "commission_accrual"("cause", "line_id");
CREATE INDEX "commission_accrual_order_id_idx" ON "commission_accrual"("order_id");
CREATE INDEX "commission_accrual_organisation_at_id_idx" ON "commission_accrual"("organisation", "at", "id");

ALTER TABLE "order_event" ADD CONSTRAINT "order_event_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "commission_accrual" ADD CONSTRAINT "commission_accrual_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "commission_accrual"
  ADD CONSTRAINT "commission_accrual_amount_not_zero" CHECK ("amount_minor" <> 0),
  ADD CONSTRAINT "commission_accrual_of_a_video_or_a_live_session" CHECK (("video_id" IS NULL) <> ("live_session_id" IS NULL));

-- All rates together stay below one: a seller is never left with less than nothing.
ALTER TABLE "money_rule"
  ADD CONSTRAINT "money_rule_kind" CHECK ("kind" IN ('PLATFORM_FEE', 'AFFILIATE_COMMISSION', 'PPN')),
  ADD CONSTRAINT "money_rule_rate_within_bounds" CHECK ("basis_points" BETWEEN 0 AND 3000),
  ADD CONSTRAINT "money_rule_base_is_a_part" CHECK (0 < "base_numerator" AND "base_numerator" <= "base_denominator"),
  ADD CONSTRAINT "money_rule_window_of_a_commission" CHECK (("kind" = 'AFFILIATE_COMMISSION') = ("window_days" IS NOT NULL));

-- What is known of orders from before: when they were placed, and when their payment came.
INSERT INTO "order_event" ("id", "order_id", "kind", "by", "at")
  SELECT gen_random_uuid(), "id", 'PLACED', 'BUYER', "placed_at" FROM "order";
INSERT INTO "order_event" ("id", "order_id", "kind", "by", "at")
  SELECT gen_random_uuid(), o."id", 'CONFIRMED', 'PAYMENT', p."paid_at" FROM "order" o JOIN "payment" p ON p."id" = o."payment_id"
  WHERE o."status" = 'CONFIRMED' AND p."paid_at" IS NOT NULL;

-- PPN: 11 % until the end of 2024 (UU 7/2021), since then 12 % on 11/12 of the base (PMK 131/2024). Days begin in Jakarta.
INSERT INTO "money_rule" ("id", "kind", "valid_from", "basis_points", "base_numerator", "base_denominator", "window_days") VALUES
  (gen_random_uuid(), 'PPN', '2022-04-01T00:00:00+07:00', 1100, 1, 1, NULL),
  (gen_random_uuid(), 'PPN', '2025-01-01T00:00:00+07:00', 1200, 11, 12, NULL),
  (gen_random_uuid(), 'PLATFORM_FEE', '2024-01-01T00:00:00+07:00', 500, 1, 1, NULL),
  (gen_random_uuid(), 'AFFILIATE_COMMISSION', '2024-01-01T00:00:00+07:00', 300, 1, 1, 7);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['order_event', 'money_rule', 'commission_accrual'] LOOP
    EXECUTE format('CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION "refuse_change"()', name);
    EXECUTE format('CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()', name);
  END LOOP;
END
$$;
