-- A return of a complete order that gave nothing back is a person's to decide: no other fact closes it.
CREATE OR REPLACE FUNCTION "settle_money_exception"(of_provider text, of_kind text, of_reference text, why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  closed integer;
BEGIN
  IF of_kind IN ('REFUND_BY_HAND', 'UNCONFIRMED_NOTIFICATION', 'FEE_DIFFERS', 'RETURN_UNSETTLED') THEN
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
