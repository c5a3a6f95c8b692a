-- A courier's bill that comes before its fee is owed is remembered, and posted with the fee.

-- AlterTable
ALTER TABLE "shipment" ADD COLUMN "billed_at" TIMESTAMPTZ(3);

-- What bills had more or less is in the journal; those without a difference left no trace, and match once more.
UPDATE "shipment" SET "billed_at" = t."posted_at" FROM "ledger_transaction" t
  WHERE t."kind" = 'courier-bill' AND t."reference" = "shipment"."courier" || ':' || "shipment"."waybill";

-- What Prisma's language cannot say.
ALTER TABLE "shipment" ADD CONSTRAINT "shipment_billed_once_booked" CHECK ("billed_at" IS NULL OR "waybill" IS NOT NULL);
