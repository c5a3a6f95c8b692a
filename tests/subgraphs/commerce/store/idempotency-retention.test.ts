import { expect, test } from "@jest/globals";
import { forgetOldKeys } from "../../../../subgraphs/commerce/store/idempotency-retention.ts";
import { readWorkerConfig } from "../../../../subgraphs/commerce/worker-config.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

test("idempotency keys are forgotten after their time, many at once, and not before", async () => {
  const { pool } = commerce().parts.database;
  const now = new Date();
  await pool.query(
    `INSERT INTO idempotency_key (buyer_id, operation, key, request_hash, result, created_at)
     SELECT 'buyer', 'checkout', 'old ' || n, 'h', '{}'::jsonb, $1::timestamptz - interval '25 hours' FROM generate_series(1, 1500) n
     UNION ALL SELECT 'buyer', 'checkout', 'young', 'h', '{}', $1::timestamptz - interval '23 hours'`,
    [now],
  );
  expect(await forgetOldKeys(pool, now, 168)).toBe(0);
  expect(await forgetOldKeys(pool, now, 24)).toBe(1_500);
  const { rows } = await pool.query("SELECT key FROM idempotency_key WHERE buyer_id = 'buyer'");
  expect(rows).toEqual([{ key: "young" }]);
});

test("a worker keeps keys for a week unless it is told otherwise, and never for less than a day", () => {
  const environment = {
    COMMERCE_WORKER_PORT: "4004",
    COMMERCE_DATABASE_URL: "postgresql://commerce@localhost/commerce",
    COMMERCE_PROVIDERS_FILE: "providers.json",
    COMMERCE_CALLBACK_PUBLIC_URL: "http://localhost:4003",
  };
  expect(readWorkerConfig(environment).idempotencyKeptHours).toBe(168);
  expect(() => readWorkerConfig({ ...environment, COMMERCE_IDEMPOTENCY_KEPT_HOURS: "23" })).toThrow("at least 24");
});
