-- Two-phase transfers, and balances as of a point in the journal. All of it append only.

CREATE TABLE "ledger_transfer" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "debit_account_id" UUID NOT NULL,
    "credit_account_id" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "pending_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_transfer_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "ledger_transfer_resolution" (
    "transfer_id" UUID NOT NULL,
    "outcome" TEXT NOT NULL,
    "posted_minor" BIGINT NOT NULL,
    "transaction_id" UUID,
    "resolved_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_transfer_resolution_pkey" PRIMARY KEY ("transfer_id")
);

CREATE TABLE "ledger_snapshot" (
    "id" UUID NOT NULL,
    "through_xact" xid8 NOT NULL,
    "cluster" TEXT NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_snapshot_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "ledger_snapshot_balance" (
    "snapshot_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "balance_minor" BIGINT NOT NULL,

    CONSTRAINT "ledger_snapshot_balance_pkey" PRIMARY KEY ("snapshot_id","account_id")
);

CREATE INDEX "ledger_transfer_debit_account_id_idx" ON "ledger_transfer"("debit_account_id");
CREATE INDEX "ledger_transfer_credit_account_id_idx" ON "ledger_transfer"("credit_account_id");
CREATE INDEX "ledger_transfer_expires_at_idx" ON "ledger_transfer"("expires_at");
CREATE INDEX "ledger_snapshot_cluster_through_xact_idx" ON "ledger_snapshot"("cluster", "through_xact" DESC);

ALTER TABLE "ledger_transfer" ADD CONSTRAINT "ledger_transfer_debit_account_id_currency_fkey" FOREIGN KEY ("debit_account_id", "currency") REFERENCES "ledger_account"("id", "currency") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ledger_transfer" ADD CONSTRAINT "ledger_transfer_credit_account_id_currency_fkey" FOREIGN KEY ("credit_account_id", "currency") REFERENCES "ledger_account"("id", "currency") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ledger_transfer_resolution" ADD CONSTRAINT "ledger_transfer_resolution_transfer_id_fkey" FOREIGN KEY ("transfer_id") REFERENCES "ledger_transfer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ledger_transfer_resolution" ADD CONSTRAINT "ledger_transfer_resolution_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ledger_snapshot_balance" ADD CONSTRAINT "ledger_snapshot_balance_snapshot_id_fkey" FOREIGN KEY ("snapshot_id") REFERENCES "ledger_snapshot"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ledger_snapshot_balance" ADD CONSTRAINT "ledger_snapshot_balance_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "ledger_transfer"
  ADD CONSTRAINT "ledger_transfer_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "ledger_transfer_between_two_accounts" CHECK ("debit_account_id" <> "credit_account_id");

ALTER TABLE "ledger_transfer_resolution"
  ADD CONSTRAINT "ledger_transfer_resolution_outcome" CHECK ("outcome" IN ('POSTED', 'VOIDED', 'EXPIRED')),
  ADD CONSTRAINT "ledger_transfer_resolution_posts_when_posted"
    CHECK (("outcome" = 'POSTED') = ("posted_minor" > 0) AND ("outcome" = 'POSTED') = ("transaction_id" IS NOT NULL) AND "posted_minor" >= 0);

-- What is posted is within what was promised and is exactly what the ledger's transaction moves; nothing expires early.
CREATE FUNCTION "require_fitting_resolution"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  promised "ledger_transfer"%ROWTYPE;
BEGIN
  SELECT * INTO promised FROM "ledger_transfer" WHERE "id" = NEW."transfer_id";
  IF NEW."posted_minor" > promised."amount_minor" THEN
    RAISE EXCEPTION 'transfer %: more is posted than was promised', NEW."transfer_id" USING ERRCODE = 'check_violation';
  END IF;
  IF NEW."outcome" = 'EXPIRED' AND (promised."expires_at" IS NULL OR promised."expires_at" > NEW."resolved_at") THEN
    RAISE EXCEPTION 'transfer %: it does not expire yet', NEW."transfer_id" USING ERRCODE = 'check_violation';
  END IF;
  IF NEW."outcome" = 'POSTED' AND (
    SELECT count(*) <> 2 OR count(*) FILTER (WHERE
      ("account_id", "amount_minor") IN ((promised."debit_account_id", NEW."posted_minor"), (promised."credit_account_id", -NEW."posted_minor"))) <> 2
    FROM "ledger_entry" WHERE "transaction_id" = NEW."transaction_id"
  ) THEN
    RAISE EXCEPTION 'transfer %: its ledger transaction moves something else', NEW."transfer_id" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER "fitting_resolution" BEFORE INSERT ON "ledger_transfer_resolution"
  FOR EACH ROW EXECUTE FUNCTION "require_fitting_resolution"();

-- Append only, as the ledger itself.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_transfer', 'ledger_transfer_resolution', 'ledger_snapshot', 'ledger_snapshot_balance'] LOOP
    EXECUTE format('CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION "refuse_change"()', name);
    EXECUTE format('CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()', name);
  END LOOP;
END
$$;

-- Where an entry stands in the journal: the database transaction that added it. Whatever stands below the oldest transaction
-- still running is complete for ever, so a balance up to there can be kept. What was posted before now gets this migration's.
ALTER TABLE "ledger_entry" ADD COLUMN "posted_by_xact" xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX "ledger_entry_account_id_posted_by_xact_idx" ON "ledger_entry"("account_id", "posted_by_xact");

CREATE OR REPLACE FUNCTION "refuse_late_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM "ledger_transaction"
    WHERE "id" = NEW."transaction_id" AND "posted_by_xact" <> pg_current_xact_id();
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % is closed: post a new one', NEW."transaction_id"
      USING ERRCODE = 'restrict_violation';
  END IF;
  NEW."posted_by_xact" := pg_current_xact_id();
  RETURN NEW;
END
$$;
