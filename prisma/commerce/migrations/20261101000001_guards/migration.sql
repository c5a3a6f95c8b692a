-- What Prisma's language cannot say: checks, append-only tables, balanced ledger transactions.

ALTER TABLE "variant"
  ADD CONSTRAINT "variant_price_positive" CHECK ("price_minor" > 0),
  ADD CONSTRAINT "variant_weight_positive" CHECK ("weight_grams" > 0),
  ADD CONSTRAINT "variant_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$');

ALTER TABLE "stock"
  ADD CONSTRAINT "stock_reserved_within_on_hand" CHECK (0 <= "reserved" AND "reserved" <= "on_hand");

ALTER TABLE "reservation"
  ADD CONSTRAINT "reservation_quantity_positive" CHECK ("quantity" > 0),
  ADD CONSTRAINT "reservation_settled_when_not_held" CHECK (("state" = 'HELD') = ("settled_at" IS NULL));

ALTER TABLE "cart"
  ADD CONSTRAINT "cart_version_not_negative" CHECK ("version" >= 0);

ALTER TABLE "cart_line"
  ADD CONSTRAINT "cart_line_quantity_within_bounds" CHECK ("quantity" BETWEEN 1 AND 99),
  ADD CONSTRAINT "cart_line_price_positive" CHECK ("unit_price_minor" > 0);

ALTER TABLE "payment"
  ADD CONSTRAINT "payment_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "payment_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "payment_paid_at_known_when_paid" CHECK ("status" <> 'PAID' OR "paid_at" IS NOT NULL);

-- An account number names one payment while money can still come in on it.
CREATE UNIQUE INDEX "payment_virtual_account_no_payable" ON "payment" ("provider", "virtual_account_no")
  WHERE "virtual_account_no" IS NOT NULL AND "status" IN ('REQUESTED', 'AWAITING_PAYMENT', 'UNKNOWN');

ALTER TABLE "order"
  ADD CONSTRAINT "order_total_positive" CHECK ("total_minor" > 0),
  ADD CONSTRAINT "order_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$');

ALTER TABLE "order_line"
  ADD CONSTRAINT "order_line_quantity_positive" CHECK ("quantity" > 0),
  ADD CONSTRAINT "order_line_price_positive" CHECK ("unit_price_minor" > 0);

ALTER TABLE "ledger_account"
  ADD CONSTRAINT "ledger_account_currency_code" CHECK ("currency" ~ '^[A-Z]{3}$');

ALTER TABLE "ledger_entry"
  ADD CONSTRAINT "ledger_entry_amount_not_zero" CHECK ("amount_minor" <> 0);

-- Append only, for everybody: what happened is corrected by new rows. Tables are known by the trigger named "append_only";
-- prisma/commerce/migrate.ts grants the run-time role only SELECT and INSERT on those.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only: % is refused; correct it by a new row', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END
$$;

DO $$
DECLARE
  name text;
  runtime_role text := nullif(current_setting('etalase.runtime_role', true), '');
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_transaction', 'ledger_entry', 'payment_event'] LOOP
    EXECUTE format('CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION "refuse_change"()', name);
    EXECUTE format('CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()', name);
    IF runtime_role IS NOT NULL THEN
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', name, runtime_role);
    END IF;
  END LOOP;
END
$$;

-- At COMMIT, the entries of a ledger transaction are at least two and sum to zero in each currency.
CREATE FUNCTION "require_balanced_transaction"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  checked uuid;
  entry_count bigint;
  unbalanced char(3);
BEGIN
  IF TG_TABLE_NAME = 'ledger_entry' THEN checked := NEW."transaction_id"; ELSE checked := NEW."id"; END IF;
  SELECT count(*) INTO entry_count FROM "ledger_entry" WHERE "transaction_id" = checked;
  IF entry_count < 2 THEN
    RAISE EXCEPTION 'ledger transaction % has fewer than two entries', checked USING ERRCODE = 'check_violation';
  END IF;
  SELECT "currency" INTO unbalanced FROM "ledger_entry" WHERE "transaction_id" = checked
    GROUP BY "currency" HAVING sum("amount_minor") <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the entries of ledger transaction % do not sum to zero in %', checked, unbalanced
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER "balanced_transaction" AFTER INSERT ON "ledger_transaction"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "require_balanced_transaction"();
CREATE CONSTRAINT TRIGGER "balanced_transaction" AFTER INSERT ON "ledger_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "require_balanced_transaction"();
