-- What other organisations tell: which events were applied, and what is kept of them.

-- CreateTable
CREATE TABLE "told_event" (
    "id" UUID NOT NULL,
    "body_hash" BYTEA NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "told_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product_standing" (
    "product_id" UUID NOT NULL,
    "sold_count" INTEGER NOT NULL DEFAULT 0,
    "is_available" BOOLEAN,
    "availability_sequence" BIGINT NOT NULL DEFAULT 0,
    "reduced_at" TIMESTAMPTZ(3),
    "reduction_sequence" BIGINT NOT NULL DEFAULT 0,
    "review_count" INTEGER NOT NULL DEFAULT 0,
    "rating_sum" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "product_standing_pkey" PRIMARY KEY ("product_id")
);

-- CreateTable
CREATE TABLE "content_sales" (
    "content_id" UUID NOT NULL,
    "sold_count" INTEGER NOT NULL,

    CONSTRAINT "content_sales_pkey" PRIMARY KEY ("content_id")
);

-- CreateIndex
CREATE INDEX "told_event_received_at_idx" ON "told_event"("received_at");

-- What Prisma's language cannot say.

ALTER TABLE "told_event" ADD CONSTRAINT "told_event_body_hash_check" CHECK (octet_length("body_hash") = 32);
ALTER TABLE "product_standing"
  ADD CONSTRAINT "product_standing_counts_check" CHECK ("sold_count" >= 0 AND "review_count" >= 0),
  ADD CONSTRAINT "product_standing_rating_sum_check" CHECK ("rating_sum" BETWEEN "review_count" AND 5 * "review_count");
ALTER TABLE "content_sales" ADD CONSTRAINT "content_sales_sold_count_check" CHECK ("sold_count" > 0);
