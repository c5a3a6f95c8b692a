-- Wake-ups for streams. A notification says that something may have changed, never what: it is sent with the change's own
-- COMMIT, may be lost, and whoever is woken reads the tables. Triggers, so that no writer can forget: the API, the worker,
-- a person with psql.

CREATE FUNCTION "wake_order"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('commerce_changes', 'order:' || NEW."id");
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER UPDATE ON "order"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "wake_order"();

CREATE FUNCTION "wake_orders_of_payment"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('commerce_changes', 'order:' || "id") FROM "order" WHERE "payment_id" = NEW."id";
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER UPDATE ON "payment"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "wake_orders_of_payment"();
