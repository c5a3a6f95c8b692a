-- Money that is sent to shops and content organisations.

CREATE TYPE "payout_status" AS ENUM ('REQUESTED', 'UNKNOWN', 'PAID', 'FAILED');

CREATE TABLE "payout_account" (
    "holder" TEXT NOT NULL,
    "bank_code" CHAR(3) NOT NULL,
    "account_no" TEXT NOT NULL,
    "account_name" TEXT NOT NULL,

    CONSTRAINT "payout_account_pkey" PRIMARY KEY ("holder")
);

CREATE TABLE "payout" (
    "id" UUID NOT NULL,
    "holder" TEXT NOT NULL,
    "batch" TEXT NOT NULL,
    "status" "payout_status" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "bank_code" CHAR(3) NOT NULL,
    "account_no" TEXT NOT NULL,
    "account_name" TEXT NOT NULL,
    "provider_reference" TEXT,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "payout_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "payout_holder_batch_key" ON "payout"("holder", "batch");

ALTER TABLE "payout_account"
  ADD CONSTRAINT "payout_account_holder" CHECK ("holder" ~ '^(seller|affiliate):.+$'),
  ADD CONSTRAINT "payout_account_digits" CHECK ("bank_code" ~ '^\d{3}$' AND "account_no" ~ '^\d{6,20}$');

ALTER TABLE "payout"
  ADD CONSTRAINT "payout_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "payout_settled_at_its_end" CHECK (("status" IN ('PAID', 'FAILED')) = ("settled_at" IS NOT NULL));

-- To whom and how much was meant stays as it was; only what became of it changes.
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "payout"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_but"('status', 'provider_reference', 'reason', 'settled_at');
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "payout"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
