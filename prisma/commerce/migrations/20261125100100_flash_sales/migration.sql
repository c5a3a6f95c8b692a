-- CreateTable
CREATE TABLE "flash_sale" (
    "id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "quota" INTEGER NOT NULL,
    "sold" INTEGER NOT NULL DEFAULT 0,
    "max_per_buyer" INTEGER NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "flash_sale_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flash_sale_claim" (
    "id" UUID NOT NULL,
    "sale_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "buyer_id" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "flash_sale_claim_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "flash_sale_variant_id_ends_at_idx" ON "flash_sale"("variant_id", "ends_at");

-- CreateIndex
CREATE INDEX "flash_sale_ends_at_idx" ON "flash_sale"("ends_at");

-- CreateIndex
CREATE INDEX "flash_sale_claim_order_id_idx" ON "flash_sale_claim"("order_id");

-- CreateIndex
CREATE INDEX "flash_sale_claim_sale_id_buyer_id_idx" ON "flash_sale_claim"("sale_id", "buyer_id");

-- CreateIndex
CREATE UNIQUE INDEX "flash_sale_claim_sale_id_order_id_key" ON "flash_sale_claim"("sale_id", "order_id");

-- AddForeignKey
ALTER TABLE "flash_sale" ADD CONSTRAINT "flash_sale_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flash_sale_claim" ADD CONSTRAINT "flash_sale_claim_sale_id_fkey" FOREIGN KEY ("sale_id") REFERENCES "flash_sale"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flash_sale_claim" ADD CONSTRAINT "flash_sale_claim_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.

ALTER TABLE "flash_sale"
  ADD CONSTRAINT "flash_sale_price_positive" CHECK ("price_minor" > 0),
  ADD CONSTRAINT "flash_sale_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "flash_sale_sold_within_quota" CHECK (0 <= "sold" AND "sold" <= "quota"),
  ADD CONSTRAINT "flash_sale_max_per_buyer_positive" CHECK ("max_per_buyer" > 0),
  ADD CONSTRAINT "flash_sale_ends_after_it_starts" CHECK ("starts_at" < "ends_at");

ALTER TABLE "flash_sale_claim" ADD CONSTRAINT "flash_sale_claim_quantity_positive" CHECK ("quantity" > 0);

-- Wake-ups for streams, as for orders.
CREATE FUNCTION "wake_flash_sale"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('commerce_changes', 'flash-sale:' || NEW."id");
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER UPDATE ON "flash_sale"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "wake_flash_sale"();

CREATE FUNCTION "wake_flash_sales_of_variant"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('commerce_changes', 'flash-sale:' || "id") FROM "flash_sale" WHERE "variant_id" = NEW."id";
  RETURN NULL;
END
$$;

CREATE TRIGGER "wake_streams" AFTER UPDATE ON "variant"
  FOR EACH ROW WHEN (OLD."price_minor" IS DISTINCT FROM NEW."price_minor")
  EXECUTE FUNCTION "wake_flash_sales_of_variant"();
