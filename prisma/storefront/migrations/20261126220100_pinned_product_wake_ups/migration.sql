-- What Prisma's language cannot say.

-- A pinned product whose owner told of another price or availability is news for everybody who watches: the sessions that
-- show it now are woken. Sales and reviews change the same row and wake nobody.
CREATE INDEX "live_pin_now_product_idx" ON "live_pin"("product_id") WHERE "unpinned_at" IS NULL;

CREATE FUNCTION "wake_live_sessions_of_product"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('storefront_changes', 'live-session:' || pin.live_session_id)
  FROM "live_pin" pin JOIN "live_session" session ON session.id = pin.live_session_id
  WHERE pin.product_id = NEW.product_id AND pin.unpinned_at IS NULL AND session.ended_at IS NULL;
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams_of_told" AFTER INSERT ON "product_standing"
  FOR EACH ROW WHEN (NEW.reduction_sequence > 0 OR NEW.availability_sequence > 0)
  EXECUTE FUNCTION "wake_live_sessions_of_product"();
CREATE TRIGGER "wake_streams_of_change" AFTER UPDATE ON "product_standing"
  FOR EACH ROW WHEN (OLD.reduction_sequence IS DISTINCT FROM NEW.reduction_sequence
    OR OLD.availability_sequence IS DISTINCT FROM NEW.availability_sequence)
  EXECUTE FUNCTION "wake_live_sessions_of_product"();
