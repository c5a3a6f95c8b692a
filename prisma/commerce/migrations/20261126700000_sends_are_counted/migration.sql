-- How often a bank was told to send a payout: a refusal is final only as long as it was told once, whoever records it first.

ALTER TABLE "payout" ADD COLUMN "sends" INTEGER NOT NULL DEFAULT 0 CHECK ("sends" >= 0);

DROP TRIGGER "append_only" ON "payout";
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "payout"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('status', 'provider_reference', 'reason', 'settled_at', 'first_sent_at', 'sends');

-- What was sent before may have been sent more than once.
UPDATE "payout" SET "sends" = 2 WHERE "first_sent_at" IS NOT NULL;

-- What waits for a person, or for a fact, is closed by a program only where that fact stands in the books.
CREATE OR REPLACE FUNCTION "settle_money_exception"(of_provider text, of_kind text, of_reference text, why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  closed integer;
BEGIN
  IF of_kind IN ('UNCONFIRMED_NOTIFICATION', 'FEE_DIFFERS', 'RETURN_UNSETTLED')
    OR (of_kind = 'REFUND_BY_HAND' AND NOT EXISTS (SELECT FROM "refund" WHERE "id"::text = of_reference AND "state" = 'DONE'))
    OR (of_kind = 'LATE_MONEY_BY_HAND' AND NOT EXISTS (SELECT FROM "ledger_transaction"
      WHERE "kind" = 'out-of-suspense' AND "reference" = 'late-money ' || of_provider || ':' || of_reference))
    OR (of_kind = 'UNCLAIMED_MONEY' AND NOT EXISTS (SELECT FROM "ledger_transaction"
      WHERE "kind" = 'out-of-suspense' AND "reference" = 'unclaimed-money ' || of_provider || ':' || of_reference))
    OR (of_kind = 'PAYOUT_UNKNOWN' AND NOT EXISTS (SELECT FROM "payout"
      WHERE "id"::text = of_reference AND "status" IN ('PAID', 'FAILED')))
  THEN
    RAISE EXCEPTION '% is closed by a person: call close_money_exception', of_kind USING ERRCODE = 'restrict_violation';
  END IF;
  UPDATE "money_exception" SET "closed_at" = clock_timestamp(),
    "closed_by" = CASE of_kind WHEN 'DISPUTE_OVERDUE' THEN 'order' ELSE 'reconciliation' END, "closed_login" = session_user,
    "resolution" = why
    WHERE "provider" = of_provider AND "kind" = of_kind AND "reference" = of_reference AND "closed_at" IS NULL;
  GET DIAGNOSTICS closed = ROW_COUNT;
  RETURN closed;
END
$$;
