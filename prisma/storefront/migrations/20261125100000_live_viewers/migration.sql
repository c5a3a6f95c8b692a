-- AlterTable
ALTER TABLE "live_session" ADD COLUMN     "like_count" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "live_session_like" (
    "subject" TEXT NOT NULL,
    "live_session_id" UUID NOT NULL,
    "liked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_session_like_pkey" PRIMARY KEY ("subject","live_session_id")
);

-- CreateTable
CREATE TABLE "live_viewer" (
    "id" UUID NOT NULL,
    "live_session_id" UUID NOT NULL,
    "subject" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_viewer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "live_viewer_live_session_id_expires_at_idx" ON "live_viewer"("live_session_id", "expires_at");

-- CreateIndex
CREATE INDEX "live_viewer_expires_at_idx" ON "live_viewer"("expires_at");

-- AddForeignKey
ALTER TABLE "live_session_like" ADD CONSTRAINT "live_session_like_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_session_like" ADD CONSTRAINT "live_session_like_live_session_id_fkey" FOREIGN KEY ("live_session_id") REFERENCES "live_session"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_viewer" ADD CONSTRAINT "live_viewer_live_session_id_fkey" FOREIGN KEY ("live_session_id") REFERENCES "live_session"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.

ALTER TABLE "live_session" ADD CONSTRAINT "live_session_like_count_check" CHECK ("like_count" >= 0);

-- Wake-ups for streams. A notification says that something may have changed, never what: it is sent with the change's own
-- COMMIT, may be lost, and whoever is woken reads the tables. Triggers, so that no writer can forget. A lease that is
-- renewed changes nothing that is shown; one that ends by itself is found by those who look now and then.

CREATE FUNCTION "wake_live_session"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(COALESCE(NEW, OLD));
BEGIN
  PERFORM pg_notify('storefront_changes', 'live-session:' || COALESCE(changed ->> 'live_session_id', changed ->> 'id'));
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER UPDATE ON "live_session"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "wake_live_session"();
CREATE TRIGGER "wake_streams" AFTER INSERT OR UPDATE OR DELETE ON "live_pin"
  FOR EACH ROW EXECUTE FUNCTION "wake_live_session"();
CREATE TRIGGER "wake_streams" AFTER INSERT OR DELETE ON "live_viewer"
  FOR EACH ROW EXECUTE FUNCTION "wake_live_session"();
