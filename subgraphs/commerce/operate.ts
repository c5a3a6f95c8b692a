import { readFileSync } from "node:fs";
import { z } from "zod";
import { readEnvironment } from "../../platform/runtime/config.ts";
import { createLogger } from "../../platform/runtime/logger.ts";
import { readDeadLetters, replayDeadLetters } from "../../platform/runtime/outbox.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { isUuid } from "../../platform/values/ids.ts";
import { fromDecimal } from "../../platform/values/money.ts";
import type { Result } from "../../platform/values/result.ts";
import type { OperatorCommand } from "./composition/operator-arguments.ts";
import { moneyCommands, moneyUsage } from "./composition/operator-money.ts";
import { createRunsCommand, runsUsage } from "./composition/operator-runs.ts";
import { announceProducts } from "./domain/actions/announce.ts";
import { adjustStock, changePrice, type OfferRecords, type OfferRefusal } from "./domain/actions/change-offer.ts";
import { matchCourierBill } from "./domain/actions/match-courier-bill.ts";
import { tradingCurrency } from "./domain/cart-pricing.ts";
import type { Transaction } from "./domain/ports.ts";
import { type CommerceParts, openParts } from "./parts.ts";
import { createListingBook } from "./store/listing-book.ts";
import { findStockMismatches } from "./store/stock-audit.ts";

const usage = `What commerce's operator does by hand:
  dead-letters                    events that the storefront did not take, and why
  replay all | <event id>...      send dead letters again
  announce                        tell the storefront of every product whose availability it was not told as it is
  price <variant id> <amount>     give a variant another price, as 125000.00
  stock <variant id> <pieces>     add pieces to a variant's stock, or take some away, as -3
  courier-bill <courier> <file>   hold a courier's bill, lines of waybill,amount, against our books
  stock-audit                     variants whose stock is not what its movements and reservations add up to; nothing when all is well
${runsUsage}${moneyUsage}`;

const mostListed = 1_000;
const productsAtOnce = 500;

function recordsOf({ newId }: CommerceParts): OfferRecords {
  return { listings: createListingBook(newId), newId };
}

function need(isGood: boolean): void {
  if (!isGood) throw new Error(`that is no command\n${usage}`);
}

async function change(
  parts: CommerceParts,
  work: (tx: Transaction, at: Date) => Promise<Result<object, OfferRefusal>>,
): Promise<readonly object[]> {
  const result = await parts.store.transactions.runInTransaction((tx) => work(tx, parts.clock()));
  if (!result.ok) throw new Error(`refused: ${result.refusal}`);
  return [result.value];
}

async function announce({ store, clock }: CommerceParts): Promise<readonly object[]> {
  let told = 0;
  for (let after: string | null = null; ; ) {
    const start: string | null = after;
    const { ids, changes } = await store.transactions.runInTransaction(async (tx) => {
      const page = await tx.events.productIdsAfter(start, productsAtOnce);
      return { ids: page, changes: page.length === 0 ? 0 : await announceProducts(tx, page, clock()) };
    });
    told += changes;
    after = ids.at(-1) ?? null;
    if (after === null) return [{ told }];
  }
}

/** Each line in a transaction of its own: a bill that was read in part can be read again. */
async function matchBill({ store, clock }: CommerceParts, courier: string, file: string): Promise<readonly object[]> {
  const lines = readFileSync(file, "utf8")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const outcomes: object[] = [];
  for (const [index, line] of lines.entries()) {
    const [, waybill = "", amount = ""] = /^([^,]{1,64}),(\d+(?:\.\d{1,2})?)$/.exec(line) ?? [];
    if (waybill === "") throw new Error(`${file}: line ${index + 1} is not waybill,amount as KLT-1,12000.00`);
    const read = { waybill, amount: { amountMinor: fromDecimal(amount), currency: tradingCurrency } };
    const outcome = await store.transactions.runInTransaction((tx) => matchCourierBill(tx, courier, read, clock()));
    outcomes.push({ waybill, outcome });
  }
  return outcomes;
}

const commands: Readonly<Record<string, OperatorCommand>> = {
  "dead-letters": ({ database }) => readDeadLetters(database.pool, mostListed),
  replay: async ({ database }, args) => {
    need(args[0] === "all" ? args.length === 1 : args.length > 0 && args.every(isUuid));
    return [{ replayed: await replayDeadLetters(database.pool, args[0] === "all" ? "all" : args) }];
  },
  announce,
  price: (parts, [variantId = "", amount = "", ...others]) => {
    need(isUuid(variantId) && /^\d+(\.\d{1,2})?$/.test(amount) && others.length === 0);
    return change(parts, (tx, at) =>
      changePrice(
        recordsOf(parts),
        tx,
        { variantId, price: { amountMinor: fromDecimal(amount), currency: tradingCurrency }, by: "operator" },
        at,
      ),
    );
  },
  stock: (parts, [variantId = "", pieces = "", ...others]) => {
    need(isUuid(variantId) && /^-?[1-9]\d{0,5}$/.test(pieces) && others.length === 0);
    const adjustment = { variantId, pieces: Number(pieces), reason: "COUNTED", note: null, by: "operator" } as const;
    return change(parts, (tx, at) => adjustStock(recordsOf(parts), tx, adjustment, at));
  },
  "courier-bill": (parts, [courier = "", file = "", ...others]) => {
    need(courier !== "" && file !== "" && others.length === 0);
    return matchBill(parts, courier, file);
  },
  ...moneyCommands,
  "stock-audit": ({ database }) => findStockMismatches(database.pool, mostListed),
};

const shape = z.object({
  COMMERCE_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
});

function toJson(row: object): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

const logger = createLogger("commerce-operate");
// Lines on stdout are what was asked for.
logger.level = process.env.LOG_LEVEL ?? "warn";

// One line of JSON for each thing found or done; exit code 1 with a sentence when nothing was done.
runMain(logger, async (shutdown) => {
  const [name = "", ...args] = process.argv.slice(2);
  const { COMMERCE_DATABASE_URL: databaseUrl } = readEnvironment(shape, process.env);
  const work = { ...commands, runs: createRunsCommand(databaseUrl) }[name];
  if (work === undefined) throw new Error(`that is no command\n${usage}`);
  const parts = openParts({ service: "commerce-operate", databaseUrl, databaseMaxConnections: 2 }, logger);
  shutdown.add("database", parts.close);
  for (const row of await work(parts, args)) process.stdout.write(`${toJson(row)}\n`);
  await shutdown.now("done");
});
