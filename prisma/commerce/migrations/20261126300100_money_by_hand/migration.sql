-- Differences are closed by functions that write down who was logged in; the run-time role has no right to do it otherwise.

-- AlterTable
ALTER TABLE "money_exception" ADD COLUMN "closed_login" TEXT;

DROP TRIGGER "append_only" ON "money_exception";
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "money_exception"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('owner', 'closed_at', 'closed_by', 'closed_login', 'resolution');

-- What the run-time role may do to this table, beside what its trigger forbids everybody: prisma/commerce/migration.ts reads it.
COMMENT ON TABLE "money_exception" IS 'run-time role: SELECT, INSERT ("id", "provider", "kind", "reference", "payment_id", "expected_minor", "reported_minor", "currency", "detail", "owner", "opened_at"), UPDATE ("owner")';

-- A later file, or another fact, has settled a difference. Never what only a person can end.
CREATE FUNCTION "settle_money_exception"(of_provider text, of_kind text, of_reference text, why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  closed integer;
BEGIN
  IF of_kind IN ('REFUND_BY_HAND', 'UNCONFIRMED_NOTIFICATION', 'FEE_DIFFERS') THEN
    RAISE EXCEPTION '% is closed by a person: call close_money_exception', of_kind USING ERRCODE = 'restrict_violation';
  END IF;
  UPDATE "money_exception" SET "closed_at" = clock_timestamp(), "closed_by" = 'reconciliation', "closed_login" = session_user,
    "resolution" = why
    WHERE "provider" = of_provider AND "kind" = of_kind AND "reference" = of_reference AND "closed_at" IS NULL;
  GET DIAGNOSTICS closed = ROW_COUNT;
  RETURN closed;
END
$$;

-- A person has decided: the difference and the act are written together. Answers whether it was open.
CREATE FUNCTION "close_money_exception"(exception_id uuid, by_actor text, by_second_person text, why text, led_to text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF by_actor IS NULL OR by_actor !~ '\S' OR lower(btrim(by_actor)) = 'reconciliation' OR why IS NULL OR why !~ '\S' THEN
    RAISE EXCEPTION 'a difference is closed by a named person, for a reason' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE "money_exception" SET "closed_at" = clock_timestamp(), "closed_by" = by_actor, "closed_login" = session_user,
    "resolution" = why
    WHERE "id" = exception_id AND "closed_at" IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO "operator_act" ("id", "actor", "second_person", "kind", "subject", "outcome", "note")
    VALUES (gen_random_uuid(), by_actor, by_second_person, 'EXCEPTION_CLOSED', exception_id::text, led_to, why);
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION "settle_money_exception"(text, text, text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION "close_money_exception"(uuid, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION "settle_money_exception"(text, text, text, text) IS 'run-time role: EXECUTE';
COMMENT ON FUNCTION "close_money_exception"(uuid, text, text, text, text) IS 'run-time role: EXECUTE';
