-- What a provider told is one fact by everything that it says, its sum and the payment it was understood to mean included.
-- Rows without a payment never stand in the way of each other or of a later call: NULLs are distinct.

-- Every notification so far was read as rupiah.
ALTER TABLE "provider_notification" ADD COLUMN "currency" CHAR(3) NOT NULL DEFAULT 'IDR';
ALTER TABLE "provider_notification" ALTER COLUMN "currency" DROP DEFAULT;
ALTER TABLE "provider_notification" ADD CONSTRAINT "provider_notification_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$');

DROP INDEX "provider_notification_provider_reference_provider_status_key";

CREATE UNIQUE INDEX "provider_notification_fact" ON "provider_notification"("provider", "reference", "provider_status", "amount_minor", "currency", "payment_id");

-- Whose charge a provider's own reference names.
CREATE INDEX "payment_provider_provider_reference_idx" ON "payment"("provider", "provider_reference");
