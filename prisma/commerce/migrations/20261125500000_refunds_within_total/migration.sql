-- Never more is given back than was paid. Whoever inserts holds the payment's lock.
CREATE FUNCTION "require_refund_within_total"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT coalesce(sum("amount_minor"), 0) FROM "refund" WHERE "order_id" = NEW."order_id") + NEW."amount_minor"
     > (SELECT "total_minor" FROM "order" WHERE "id" = NEW."order_id") THEN
    RAISE EXCEPTION 'order %: more would be given back than was paid', NEW."order_id" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "within_total" BEFORE INSERT ON "refund" FOR EACH ROW EXECUTE FUNCTION "require_refund_within_total"();
