import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { rounds } from "../../../support/rounds.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";
import { basket, steps } from "./draw.ts";
import { couriers, openMarket } from "./market.ts";
import type { Model, Real } from "./step.ts";
import { Act, Buy, Pay } from "./steps.ts";

const commerce = useCommerce({ couriers });

// Another seed each time, printed, and given again by ORDER_MODEL_SEED; `npm run orders:model` looks at many more.
const seed = Number(process.env.ORDER_MODEL_SEED ?? Date.now() % 1_000_000_000);
const numRuns = Math.max(3, Math.ceil(Number(process.env.ORDER_MODEL_RUNS ?? rounds(6, 12)) / 3));
const counts: Record<string, number> = {};

afterAll(() => {
  process.stdout.write(`model of a market: seed ${seed}, ${numRuns} histories, ${JSON.stringify(counts)}\n`);
});

const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

test(
  "a market's life: orders that share stock, vouchers and a sale, whatever is asked of them, keep every book to the sen",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(basket, { minLength: 2, maxLength: 3 }), steps, async (first, drawn) => {
        const real: Real = {
          commerce: commerce(),
          count,
          market: await openMarket(commerce()),
          buyers: Array.from({ length: 3 }, () => `buyer-${newKey()}`),
        };
        const model: Model = { orders: [], batch: 0 };
        // Something is bought and paid at first, and some of it arrives, so that there is a life to look at.
        await new Buy(first.map((one, buyer) => ({ ...one, buyer }))).run(model, real);
        for (const at of model.orders.keys()) {
          await new Pay(at).run(model, real);
          for (const kind of ["ship", "deliver"] as const) if (at % 2 === 0) await new Act(at, kind).run(model, real);
        }
        await fc.asyncModelRun(() => ({ model, real }), drawn);
      }),
      { seed, numRuns, endOnFailure: true },
    );
    expect(await commerce().parts.store.ledger.audit()).toMatchObject({
      unbalancedTransactions: [],
      isSumZero: true,
      escrowMismatches: [],
      overRefundedOrders: [],
      commissionMismatches: [],
      transferFaults: [],
      strayAccounts: [],
    });
  },
  120_000 + numRuns * 60_000,
);
