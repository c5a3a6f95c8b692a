-- CreateTable
CREATE TABLE "guest_cart" (
    "owner" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "merged_into" TEXT,
    "merged_at" TIMESTAMPTZ(3),
    "dropped" JSONB,

    CONSTRAINT "guest_cart_pkey" PRIMARY KEY ("owner")
);

-- CreateIndex
CREATE INDEX "guest_cart_created_at_idx" ON "guest_cart"("created_at");

-- What Prisma's language cannot say.

ALTER TABLE "guest_cart"
  ADD CONSTRAINT "guest_cart_owner_is_a_guest" CHECK ("owner" LIKE 'guest:%'),
  ADD CONSTRAINT "guest_cart_merged_at_once" CHECK (("merged_into" IS NULL) = ("merged_at" IS NULL) AND ("merged_into" IS NULL) = ("dropped" IS NULL));
