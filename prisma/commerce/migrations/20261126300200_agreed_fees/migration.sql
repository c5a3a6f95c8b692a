-- What each provider may keep of a charge, by dated rules: from a day on, until the next rule of the same method.

-- CreateTable
CREATE TABLE "fee_rule" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "method_id" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "fixed_minor" BIGINT NOT NULL DEFAULT 0,
    "vat_basis_points" INTEGER NOT NULL,
    "vat_base_numerator" INTEGER NOT NULL DEFAULT 1,
    "vat_base_denominator" INTEGER NOT NULL DEFAULT 1,
    "tolerance_minor" BIGINT NOT NULL DEFAULT 100,

    CONSTRAINT "fee_rule_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "fee_rule_method_id_valid_from_key" ON "fee_rule"("method_id", "valid_from");

-- CreateIndex
CREATE INDEX "fee_rule_provider_idx" ON "fee_rule"("provider");

-- What Prisma's language cannot say.
ALTER TABLE "fee_rule"
  ADD CONSTRAINT "fee_rule_rate_within_bounds" CHECK ("basis_points" BETWEEN 0 AND 1000 AND "vat_basis_points" BETWEEN 0 AND 3000),
  ADD CONSTRAINT "fee_rule_base_is_a_part" CHECK (0 < "vat_base_numerator" AND "vat_base_numerator" <= "vat_base_denominator"),
  ADD CONSTRAINT "fee_rule_amounts_not_negative" CHECK ("fixed_minor" >= 0 AND "tolerance_minor" >= 0);

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "fee_rule"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "fee_rule"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

COMMENT ON TABLE "fee_rule" IS 'run-time role: SELECT';

-- What is agreed with the sandbox's providers. PPN on it: 12 % on 11/12 of the base (PMK 131/2024). Tolerance: Rp 1 for either.
INSERT INTO "fee_rule" ("id", "provider", "method_id", "valid_from", "basis_points", "fixed_minor", "vat_basis_points", "vat_base_numerator", "vat_base_denominator")
SELECT gen_random_uuid(), provider, method_id, '2025-01-01T00:00:00+07:00', basis_points, fixed_minor, 1200, 11, 12
FROM (VALUES
  ('bank-cendana', 'bank-cendana.virtual-account', 0, 400000),
  ('bank-cendana', 'bank-cendana.qris', 70, 0),
  ('bank-meranti', 'bank-meranti.virtual-account', 0, 450000),
  ('kantong', 'kantong.wallet', 150, 0),
  ('lumbung', 'lumbung.wallet', 125, 0),
  ('gerbang', 'gerbang.card', 290, 200000)
) AS agreed (provider, method_id, basis_points, fixed_minor);
