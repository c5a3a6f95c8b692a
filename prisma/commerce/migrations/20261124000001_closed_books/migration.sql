-- What a stolen run-time login could still do to the books: rename accounts, add to old transactions, rewrite call-backs.

-- As "refuse_change", but the columns given as the trigger's arguments may be updated. The run-time role's rights follow the
-- trigger named "append_only" and its arguments (prisma/commerce/migration.ts).
CREATE FUNCTION "refuse_change_but"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV::text[] = to_jsonb(NEW) - TG_ARGV::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% keeps what it was told: % is refused but for %', TG_TABLE_NAME, TG_OP, array_to_string(TG_ARGV, ', ')
    USING ERRCODE = 'restrict_violation';
END
$$;

-- An account that gets another code would take every entry of the past with it.
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "ledger_account"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "ledger_account"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- What a provider said, and what it was answered, stays; only that it was applied comes later.
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "provider_notification"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('applied_at');
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "provider_notification"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Who posts a transaction posts all its entries with it. The top-level id, unlike xmin, is the same in every savepoint.
ALTER TABLE "ledger_transaction" ADD COLUMN "posted_by_xact" xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Set here whatever the statement says: nobody dates a transaction into one still to come.
CREATE FUNCTION "stamp_posting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."posted_by_xact" := pg_current_xact_id();
  RETURN NEW;
END
$$;

CREATE TRIGGER "stamp_posting" BEFORE INSERT ON "ledger_transaction"
  FOR EACH ROW EXECUTE FUNCTION "stamp_posting"();

CREATE FUNCTION "refuse_late_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM "ledger_transaction"
    WHERE "id" = NEW."transaction_id" AND "posted_by_xact" <> pg_current_xact_id();
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % is closed: post a new one', NEW."transaction_id"
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER "posted_with_its_transaction" BEFORE INSERT ON "ledger_entry"
  FOR EACH ROW EXECUTE FUNCTION "refuse_late_entry"();
