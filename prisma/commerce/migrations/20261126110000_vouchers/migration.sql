-- CreateEnum
CREATE TYPE "voucher_funder" AS ENUM ('PLATFORM', 'SELLER');

-- CreateEnum
CREATE TYPE "voucher_redemption_state" AS ENUM ('RESERVED', 'USED', 'RELEASED');

-- AlterTable
ALTER TABLE "order_line" ADD COLUMN "discount_minor" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "voucher" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "funder" "voucher_funder" NOT NULL,
    "shop_id" UUID,
    "basis_points" INTEGER,
    "amount_minor" BIGINT,
    "cap_minor" BIGINT,
    "minimum_spend_minor" BIGINT NOT NULL DEFAULT 0,
    "currency" CHAR(3) NOT NULL,
    "quota" INTEGER NOT NULL,
    "redeemed" INTEGER NOT NULL DEFAULT 0,
    "max_per_buyer" INTEGER NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "voucher_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cart_voucher" (
    "buyer_id" TEXT NOT NULL,
    "voucher_id" UUID NOT NULL,
    "shown_version" INTEGER NOT NULL,

    CONSTRAINT "cart_voucher_pkey" PRIMARY KEY ("buyer_id","voucher_id")
);

-- CreateTable
CREATE TABLE "voucher_redemption" (
    "id" UUID NOT NULL,
    "voucher_id" UUID NOT NULL,
    "buyer_id" TEXT NOT NULL,
    "state" "voucher_redemption_state" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "reserved_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "voucher_redemption_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "voucher_discount" (
    "line_id" UUID NOT NULL,
    "redemption_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "funder" "voucher_funder" NOT NULL,
    "amount_minor" BIGINT NOT NULL,

    CONSTRAINT "voucher_discount_pkey" PRIMARY KEY ("line_id","redemption_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "voucher_code_key" ON "voucher"("code");

-- CreateIndex
CREATE INDEX "voucher_redemption_voucher_id_buyer_id_idx" ON "voucher_redemption"("voucher_id", "buyer_id");

-- CreateIndex
CREATE INDEX "voucher_discount_order_id_idx" ON "voucher_discount"("order_id");

-- CreateIndex
CREATE INDEX "voucher_discount_redemption_id_idx" ON "voucher_discount"("redemption_id");

-- AddForeignKey
ALTER TABLE "cart_voucher" ADD CONSTRAINT "cart_voucher_buyer_id_fkey" FOREIGN KEY ("buyer_id") REFERENCES "cart"("buyer_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cart_voucher" ADD CONSTRAINT "cart_voucher_voucher_id_fkey" FOREIGN KEY ("voucher_id") REFERENCES "voucher"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "voucher_redemption" ADD CONSTRAINT "voucher_redemption_voucher_id_fkey" FOREIGN KEY ("voucher_id") REFERENCES "voucher"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "voucher_discount" ADD CONSTRAINT "voucher_discount_redemption_id_fkey" FOREIGN KEY ("redemption_id") REFERENCES "voucher_redemption"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.

ALTER TABLE "order_line"
  ADD CONSTRAINT "order_line_discount_leaves_a_price"
  CHECK (0 <= "discount_minor" AND "discount_minor" < "unit_price_minor" * "quantity");

ALTER TABLE "voucher"
  ADD CONSTRAINT "voucher_code_upper_case" CHECK ("code" ~ '^[A-Z0-9-]{1,32}$'),
  ADD CONSTRAINT "voucher_a_part_or_a_sum" CHECK (("basis_points" IS NULL) <> ("amount_minor" IS NULL)),
  ADD CONSTRAINT "voucher_part_within_bounds" CHECK ("basis_points" BETWEEN 1 AND 10000),
  ADD CONSTRAINT "voucher_amounts_positive" CHECK ("amount_minor" > 0 AND "cap_minor" > 0 AND "minimum_spend_minor" >= 0),
  ADD CONSTRAINT "voucher_of_a_seller_is_about_its_shop" CHECK ("funder" = 'PLATFORM' OR "shop_id" IS NOT NULL),
  ADD CONSTRAINT "voucher_redeemed_within_quota" CHECK (0 <= "redeemed" AND "redeemed" <= "quota"),
  ADD CONSTRAINT "voucher_max_per_buyer_positive" CHECK ("max_per_buyer" > 0),
  ADD CONSTRAINT "voucher_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "voucher_ends_after_it_starts" CHECK ("starts_at" < "ends_at");

ALTER TABLE "voucher_redemption"
  ADD CONSTRAINT "voucher_redemption_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "voucher_redemption_settled_when_not_reserved" CHECK (("state" = 'RESERVED') = ("settled_at" IS NULL));

ALTER TABLE "voucher_discount" ADD CONSTRAINT "voucher_discount_amount_positive" CHECK ("amount_minor" > 0);

-- What a buyer was promised is another version; what becomes of quotas is not.
CREATE FUNCTION "raise_voucher_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."version" := OLD."version" + 1;
  RETURN NEW;
END
$$;

CREATE TRIGGER "raise_version" BEFORE UPDATE ON "voucher" FOR EACH ROW
  WHEN ((OLD."funder", OLD."shop_id", OLD."basis_points", OLD."amount_minor", OLD."cap_minor", OLD."minimum_spend_minor")
    IS DISTINCT FROM (NEW."funder", NEW."shop_id", NEW."basis_points", NEW."amount_minor", NEW."cap_minor", NEW."minimum_spend_minor"))
  EXECUTE FUNCTION "raise_voucher_version"();

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "voucher_discount" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "voucher_discount" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
