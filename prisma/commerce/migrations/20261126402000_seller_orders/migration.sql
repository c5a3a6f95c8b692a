-- A shop's orders, newest first, all or those of a status.
CREATE INDEX "order_shop_id_id_idx" ON "order"("shop_id", "id" DESC);
CREATE INDEX "order_shop_id_status_id_idx" ON "order"("shop_id", "status", "id" DESC);

-- Which operator read which order of whom, and why.
CREATE TABLE "order_read" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_read_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "order_read_order_id_id_idx" ON "order_read"("order_id", "id");

ALTER TABLE "order_read" ADD CONSTRAINT "order_read_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "order_read" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "order_read" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
