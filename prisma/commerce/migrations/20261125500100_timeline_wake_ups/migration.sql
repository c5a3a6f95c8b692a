-- What is written on an order's timeline (a part sent back, say) is a change of the order, also when its row stays as it is.

CREATE FUNCTION "wake_order_of_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('commerce_changes', 'order:' || NEW."order_id");
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER INSERT ON "order_event"
  FOR EACH ROW EXECUTE FUNCTION "wake_order_of_event"();
