-- Couriers are paid out as shops are.

ALTER TABLE "payout_account" DROP CONSTRAINT "payout_account_holder";
ALTER TABLE "payout_account" ADD CONSTRAINT "payout_account_holder" CHECK ("holder" ~ '^(seller|affiliate|courier):.+$');
