-- CreateEnum
CREATE TYPE "refund_state" AS ENUM ('REQUESTED', 'DONE', 'BY_HAND');

-- CreateEnum
CREATE TYPE "settlement_row_outcome" AS ENUM ('POSTED', 'REPEATED', 'EXCEPTION');

-- CreateTable
CREATE TABLE "refund" (
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "state" "refund_state" NOT NULL,
    "provider_reference" TEXT,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "refund_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment_replacement" (
    "payment_id" UUID NOT NULL,
    "replaced_by_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_replacement_pkey" PRIMARY KEY ("payment_id")
);

-- CreateTable
CREATE TABLE "settlement_file" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "digest" TEXT NOT NULL,
    "rejection" TEXT,
    "content" BYTEA NOT NULL,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settlement_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settlement_row" (
    "file_id" UUID NOT NULL,
    "line_no" INTEGER NOT NULL,
    "provider" TEXT NOT NULL,
    "provider_ref" TEXT NOT NULL,
    "our_ref" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "gross_minor" BIGINT NOT NULL,
    "fee_minor" BIGINT NOT NULL,
    "vat_minor" BIGINT NOT NULL,
    "settled_on" DATE NOT NULL,
    "outcome" "settlement_row_outcome" NOT NULL,

    CONSTRAINT "settlement_row_pkey" PRIMARY KEY ("file_id","line_no")
);

-- CreateTable
CREATE TABLE "money_exception" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "payment_id" UUID,
    "expected_minor" BIGINT,
    "reported_minor" BIGINT,
    "currency" CHAR(3),
    "detail" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "resolution" TEXT,

    CONSTRAINT "money_exception_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "refund_order_id_idx" ON "refund"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "refund_payment_id_key_key" ON "refund"("payment_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "payment_replacement_replaced_by_id_key" ON "payment_replacement"("replaced_by_id");

-- CreateIndex
CREATE UNIQUE INDEX "settlement_file_provider_day_digest_key" ON "settlement_file"("provider", "day", "digest");

-- CreateIndex
CREATE INDEX "settlement_row_provider_type_provider_ref_idx" ON "settlement_row"("provider", "type", "provider_ref");

-- CreateIndex
CREATE INDEX "money_exception_provider_kind_reference_idx" ON "money_exception"("provider", "kind", "reference");

-- AddForeignKey
ALTER TABLE "refund" ADD CONSTRAINT "refund_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_replacement" ADD CONSTRAINT "payment_replacement_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_replacement" ADD CONSTRAINT "payment_replacement_replaced_by_id_fkey" FOREIGN KEY ("replaced_by_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "settlement_row" ADD CONSTRAINT "settlement_row_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "settlement_file"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's language cannot say.
ALTER TABLE "refund"
  ADD CONSTRAINT "refund_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "refund_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "refund_settled_when_not_requested" CHECK (("state" = 'REQUESTED') = ("settled_at" IS NULL));

ALTER TABLE "payment_replacement"
  ADD CONSTRAINT "payment_replacement_by_another" CHECK ("payment_id" <> "replaced_by_id");

-- Money that a provider settled once is posted once, however many files say so.
CREATE UNIQUE INDEX "settlement_row_posted_once" ON "settlement_row" ("provider", "type", "provider_ref")
  WHERE "outcome" = 'POSTED';

-- One open exception for one difference.
CREATE UNIQUE INDEX "money_exception_open_once" ON "money_exception" ("provider", "kind", "reference")
  WHERE "closed_at" IS NULL;

ALTER TABLE "money_exception"
  ADD CONSTRAINT "money_exception_closed_with_reason" CHECK (
    ("closed_at" IS NULL) = ("closed_by" IS NULL) AND ("closed_at" IS NULL) = ("resolution" IS NULL)),
  ADD CONSTRAINT "money_exception_owned" CHECK ("owner" <> '');

-- What was refunded, replaced, fetched and read stays; only what comes later may be added.
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "refund"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('state', 'provider_reference', 'settled_at');
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "money_exception"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('owner', 'closed_at', 'closed_by', 'resolution');
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "payment_replacement"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "settlement_file"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "settlement_row"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['refund', 'money_exception', 'payment_replacement', 'settlement_file', 'settlement_row'] LOOP
    EXECUTE format('CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()', name);
  END LOOP;
END
$$;

-- The operator's list: what is open, for how long, who has it; the oldest first.
CREATE VIEW "open_money_exception" AS
  SELECT "id", "provider", "kind", "reference", "payment_id", "expected_minor", "reported_minor",
    "reported_minor" - "expected_minor" AS "difference_minor", "currency", "detail", "owner", "opened_at",
    now() - "opened_at" AS "age"
  FROM "money_exception" WHERE "closed_at" IS NULL ORDER BY "opened_at";
