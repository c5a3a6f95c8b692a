-- What a stolen run-time login could still do: send everybody's money elsewhere, write rules of money, change what is owed.

-- A holder's bank accounts, one after the other: the one that was registered last, of those that may be used, is paid.
-- AlterTable
ALTER TABLE "payout_account" ADD COLUMN "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  ADD COLUMN "registered_by" TEXT NOT NULL DEFAULT SESSION_USER,
  ADD COLUMN "usable_from" TIMESTAMPTZ(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  DROP CONSTRAINT "payout_account_pkey",
  ADD CONSTRAINT "payout_account_pkey" PRIMARY KEY ("id");

-- CreateIndex
CREATE INDEX "payout_account_holder_registered_at_idx" ON "payout_account"("holder", "registered_at");

-- Whoever is not the owner of the table waits a day, in which the holder can be asked: the owner may say when it is used.
CREATE FUNCTION "stamp_payout_account"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."registered_at" := date_trunc('milliseconds', clock_timestamp());
  NEW."registered_by" := session_user;
  IF NOT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
    NEW."usable_from" := NEW."registered_at" + interval '24 hours';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER "stamp_payout_account" BEFORE INSERT ON "payout_account"
  FOR EACH ROW EXECUTE FUNCTION "stamp_payout_account"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "payout_account"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "payout_account"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Rules and places are the migrator's. Of orders and payments only what becomes of them is the programs' to change.
COMMENT ON TABLE "money_rule" IS 'run-time role: SELECT';
COMMENT ON TABLE "district" IS 'run-time role: SELECT';
COMMENT ON TABLE "order" IS 'run-time role: SELECT, INSERT, UPDATE ("status", "dispute", "payment_id")';
COMMENT ON TABLE "payment" IS 'run-time role: SELECT, INSERT, UPDATE ("status", "instructions", "provider_reference", "virtual_account_no", "expires_at", "paid_at")';
