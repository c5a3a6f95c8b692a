-- Reviews of what was delivered.

-- CreateTable
CREATE TABLE "review" (
    "id" UUID NOT NULL,
    "order_line_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "buyer_id" TEXT NOT NULL,
    "stars" SMALLINT NOT NULL,
    "text" TEXT NOT NULL,
    "display_name" TEXT,
    "posted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "review_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product_rating" (
    "product_id" UUID NOT NULL,
    "review_count" INTEGER NOT NULL,
    "star_sum" INTEGER NOT NULL,

    CONSTRAINT "product_rating_pkey" PRIMARY KEY ("product_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "review_order_line_id_key" ON "review"("order_line_id");

-- CreateIndex
CREATE INDEX "review_product_id_id_idx" ON "review"("product_id", "id" DESC);

-- What Prisma's language cannot say.

ALTER TABLE "review"
  ADD CONSTRAINT "review_stars_within_bounds" CHECK ("stars" BETWEEN 1 AND 5),
  ADD CONSTRAINT "review_text_is_readable" CHECK (char_length("text") <= 2000);
ALTER TABLE "product_rating"
  ADD CONSTRAINT "product_rating_sum_fits_count" CHECK (0 < "review_count" AND "star_sum" BETWEEN "review_count" AND 5 * "review_count");

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "review" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "review" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
