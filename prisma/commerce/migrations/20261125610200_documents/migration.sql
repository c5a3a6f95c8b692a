-- Invoices, receipts and credit notes.

-- CreateEnum
CREATE TYPE "document_kind" AS ENUM ('INVOICE', 'RECEIPT', 'CREDIT_NOTE');

-- CreateTable
CREATE TABLE "document_due" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "order_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "amount_minor" BIGINT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "document_due_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "document" (
    "id" UUID NOT NULL,
    "kind" "document_kind" NOT NULL,
    "order_id" UUID NOT NULL,
    "cause" UUID NOT NULL,
    "shop_id" UUID NOT NULL,
    "year" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "snapshot" JSONB NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "document_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "document_series" (
    "kind" "document_kind" NOT NULL,
    "shop_id" UUID NOT NULL,
    "year" INTEGER NOT NULL,
    "last" INTEGER NOT NULL,

    CONSTRAINT "document_series_pkey" PRIMARY KEY ("kind","shop_id","year")
);

-- CreateTable
CREATE TABLE "document_key" (
    "id" UUID NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "document_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "document_due_due_at_position_idx" ON "document_due"("due_at", "position");

-- CreateIndex
CREATE INDEX "document_order_id_idx" ON "document"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "document_kind_shop_id_year_number_key" ON "document"("kind", "shop_id", "year", "number");

-- CreateIndex
CREATE UNIQUE INDEX "document_cause_kind_key" ON "document"("cause", "kind");

-- AddForeignKey
ALTER TABLE "document" ADD CONSTRAINT "document_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.

ALTER TABLE "document_due" ADD CONSTRAINT "document_due_kind" CHECK (
  CASE "kind" WHEN 'CONFIRMED' THEN "amount_minor" IS NULL WHEN 'REFUND_OWED' THEN "amount_minor" > 0 ELSE false END);
ALTER TABLE "document" ADD CONSTRAINT "document_number_positive" CHECK ("number" > 0);
ALTER TABLE "document_series" ADD CONSTRAINT "document_series_last_positive" CHECK ("last" > 0);
ALTER TABLE "document_key" ADD CONSTRAINT "document_key_is_long" CHECK (octet_length("secret") >= 32);

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "document" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "document" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- A payment that came and a refund that is owed are documented, whoever wrote them on the timeline: a trigger, so that no way
-- to a paid order can forget it.
CREATE FUNCTION "require_document"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "document_due" ("id", "order_id", "kind", "amount_minor", "at")
    VALUES (NEW."id", NEW."order_id", NEW."kind", NEW."amount_minor", NEW."at");
  RETURN NULL;
END
$$;

CREATE TRIGGER "require_document" AFTER INSERT ON "order_event"
  FOR EACH ROW WHEN (NEW."kind" IN ('CONFIRMED', 'REFUND_OWED')) EXECUTE FUNCTION "require_document"();

-- Orders from before.
INSERT INTO "document_due" ("id", "order_id", "kind", "amount_minor", "at")
  SELECT "id", "order_id", "kind", "amount_minor", "at" FROM "order_event"
  WHERE "kind" IN ('CONFIRMED', 'REFUND_OWED') ORDER BY "at", "id";
