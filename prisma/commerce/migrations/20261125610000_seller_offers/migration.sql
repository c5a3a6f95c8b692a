-- What sellers change of their offers: regular prices and stock, each change by a row that stays.

-- CreateEnum
CREATE TYPE "stock_movement_reason" AS ENUM ('OPENING', 'RECEIVED', 'COUNTED', 'DAMAGED', 'LOST', 'SENT_BACK');

-- CreateTable
CREATE TABLE "price_change" (
    "id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "from_minor" BIGINT,
    "to_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "price_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stock_movement" (
    "id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "pieces" INTEGER NOT NULL,
    "reason" "stock_movement_reason" NOT NULL,
    "note" TEXT,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stock_movement_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "price_change_variant_id_id_idx" ON "price_change"("variant_id", "id" DESC);

-- CreateIndex
CREATE INDEX "stock_movement_variant_id_id_idx" ON "stock_movement"("variant_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "price_change" ADD CONSTRAINT "price_change_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock_movement" ADD CONSTRAINT "stock_movement_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.

ALTER TABLE "price_change"
  ADD CONSTRAINT "price_change_positive" CHECK ("to_minor" > 0 AND "from_minor" > 0),
  ADD CONSTRAINT "price_change_is_one" CHECK ("from_minor" <> "to_minor");

-- A reason leads one way, but a count may find more or fewer.
ALTER TABLE "stock_movement"
  ADD CONSTRAINT "stock_movement_moves" CHECK ("pieces" <> 0),
  ADD CONSTRAINT "stock_movement_comes_or_goes" CHECK (
    CASE WHEN "reason" IN ('OPENING', 'RECEIVED') THEN "pieces" > 0
         WHEN "reason" IN ('DAMAGED', 'LOST', 'SENT_BACK') THEN "pieces" < 0
         ELSE true END);

-- Stock from before movements were kept: what is there, and what was sold of it since.
INSERT INTO "stock_movement" ("id", "variant_id", "pieces", "reason", "by", "at")
  SELECT gen_random_uuid(), s."variant_id", s."on_hand" + coalesce(sold."pieces", 0), 'OPENING', 'migration', now()
  FROM "stock" s LEFT JOIN (
    SELECT "variant_id", sum("quantity")::int AS "pieces" FROM "reservation" WHERE "state" = 'COMMITTED' GROUP BY "variant_id"
  ) AS sold ON sold."variant_id" = s."variant_id"
  WHERE s."on_hand" + coalesce(sold."pieces", 0) > 0;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['price_change', 'stock_movement'] LOOP
    EXECUTE format('CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION "refuse_change"()', name);
    EXECUTE format('CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()', name);
  END LOOP;
END
$$;
