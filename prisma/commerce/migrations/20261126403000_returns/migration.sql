-- Returns: goods of a delivered order that go back to their shop, and parcels that a courier brought back.
CREATE TYPE "order_return_status" AS ENUM ('REQUESTED', 'APPROVED', 'REJECTED', 'RECEIVED', 'LAPSED');

CREATE TABLE "order_return" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "origin" TEXT NOT NULL,
    "status" "order_return_status" NOT NULL,
    "reason" TEXT NOT NULL,
    "answer" TEXT,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "order_return_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "order_return_line" (
    "return_id" UUID NOT NULL,
    "line_id" UUID NOT NULL,
    "quantity" INTEGER NOT NULL,

    CONSTRAINT "order_return_line_pkey" PRIMARY KEY ("return_id","line_id")
);

CREATE INDEX "order_return_order_id_id_idx" ON "order_return"("order_id", "id");

ALTER TABLE "order_return" ADD CONSTRAINT "order_return_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "order_return_line" ADD CONSTRAINT "order_return_line_return_id_fkey" FOREIGN KEY ("return_id") REFERENCES "order_return"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.
ALTER TABLE "order_return"
  ADD CONSTRAINT "order_return_origin" CHECK ("origin" IN ('BUYER', 'COURIER')),
  ADD CONSTRAINT "order_return_settled_when_over" CHECK (("status" IN ('REQUESTED', 'APPROVED')) = ("settled_at" IS NULL)),
  ADD CONSTRAINT "order_return_refund_not_negative" CHECK ("refunded_minor" >= 0);
ALTER TABLE "order_return_line"
  ADD CONSTRAINT "order_return_line_quantity_positive" CHECK ("quantity" > 0);

-- One return of an order at a time.
CREATE UNIQUE INDEX "order_return_open_once" ON "order_return" ("order_id") WHERE "status" IN ('REQUESTED', 'APPROVED');

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "order_return"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('status', 'answer', 'refunded_minor', 'settled_at');
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "order_return" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "order_return_line" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "order_return_line" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

ALTER TYPE "stock_movement_reason" ADD VALUE 'RETURNED';
