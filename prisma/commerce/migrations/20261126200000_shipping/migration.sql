-- Couriers: quotes that buyers may choose, how each order is carried, the waybill's history, call-backs.

CREATE TYPE "shipment_status" AS ENUM ('QUOTED', 'BOOKING', 'BOOKED', 'PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY',
  'DELIVERY_FAILED', 'RETURNING', 'LOST', 'DELIVERED', 'RETURNED', 'CANCELLED', 'REFUSED');

CREATE TABLE "shipment" (
    "order_id" UUID NOT NULL,
    "courier" TEXT NOT NULL,
    "service" TEXT NOT NULL,
    "fee_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "min_days" INTEGER NOT NULL,
    "max_days" INTEGER NOT NULL,
    "weight_grams" INTEGER NOT NULL,
    "origin_district" CHAR(6) NOT NULL,
    "destination_district" CHAR(6) NOT NULL,
    "status" "shipment_status" NOT NULL DEFAULT 'QUOTED',
    "waybill" TEXT,
    "charged_minor" BIGINT,

    CONSTRAINT "shipment_pkey" PRIMARY KEY ("order_id")
);

CREATE TABLE "shipment_step" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "place" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "learned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shipment_step_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "shipping_quote" (
    "id" UUID NOT NULL,
    "buyer_id" TEXT NOT NULL,
    "shop_id" UUID NOT NULL,
    "courier" TEXT NOT NULL,
    "service" TEXT NOT NULL,
    "fee_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "min_days" INTEGER NOT NULL,
    "max_days" INTEGER NOT NULL,
    "weight_grams" INTEGER NOT NULL,
    "origin_district" CHAR(6) NOT NULL,
    "destination_district" CHAR(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shipping_quote_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "courier_callback" (
    "courier" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "order_id" UUID NOT NULL,
    "raw_body" BYTEA NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "courier_callback_pkey" PRIMARY KEY ("courier", "event_id")
);

CREATE UNIQUE INDEX "shipment_courier_waybill_key" ON "shipment"("courier", "waybill");
CREATE UNIQUE INDEX "shipment_step_order_id_at_code_key" ON "shipment_step"("order_id", "at", "code");
CREATE INDEX "shipping_quote_expires_at_idx" ON "shipping_quote"("expires_at");
CREATE INDEX "courier_callback_received_at_idx" ON "courier_callback"("received_at");

ALTER TABLE "shipment" ADD CONSTRAINT "shipment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "shipment_step" ADD CONSTRAINT "shipment_step_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "shipment"("order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "shipment"
  ADD CONSTRAINT "shipment_fee_not_negative" CHECK ("fee_minor" >= 0 AND "charged_minor" >= 0),
  ADD CONSTRAINT "shipment_days_are_a_range" CHECK (0 <= "min_days" AND "min_days" <= "max_days"),
  ADD CONSTRAINT "shipment_weight_positive" CHECK ("weight_grams" > 0),
  ADD CONSTRAINT "shipment_waybill_once_booked" CHECK (("waybill" IS NULL) = ("status" IN ('QUOTED', 'BOOKING', 'REFUSED')));
ALTER TABLE "shipping_quote"
  ADD CONSTRAINT "shipping_quote_fee_not_negative" CHECK ("fee_minor" >= 0),
  ADD CONSTRAINT "shipping_quote_days_are_a_range" CHECK (0 <= "min_days" AND "min_days" <= "max_days"),
  ADD CONSTRAINT "shipping_quote_weight_positive" CHECK ("weight_grams" > 0);

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "shipment_step" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "shipment_step" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
