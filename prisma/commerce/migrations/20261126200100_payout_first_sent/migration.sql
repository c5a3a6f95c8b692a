-- When a bank was first told to send a payout: a refusal is final only of that first time.

ALTER TABLE "payout" ADD COLUMN "first_sent_at" TIMESTAMPTZ(3);

DROP TRIGGER "append_only" ON "payout";
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "payout"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('status', 'provider_reference', 'reason', 'settled_at', 'first_sent_at');

-- What was requested before may have been sent.
UPDATE "payout" SET "first_sent_at" = "created_at";

-- Those that are not at their end are taken up by each batch.
CREATE INDEX "payout_open" ON "payout" ("id") WHERE "status" IN ('REQUESTED', 'UNKNOWN');
