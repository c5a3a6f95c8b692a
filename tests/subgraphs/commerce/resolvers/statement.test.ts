import { beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { actOnOrder } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { credit, debit, transactionOf } from "../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import { recordStatements, scansWithoutIndex } from "../../../support/query-plan.ts";
import { fulfillingOf, type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";
import { untilAllIsWritten } from "../support/written-journal.ts";

const commerce = useCommerce();

interface Movement {
  readonly kind: string;
  readonly amount: { readonly amount: string };
  readonly orderId?: string | null;
  readonly productId?: string | null;
  readonly creator?: { readonly id: string } | null;
}

interface Statement {
  readonly opening: { readonly amount: string };
  readonly closing: { readonly amount: string };
  readonly movements: {
    readonly nodes: readonly Movement[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const common = "opening { amount } closing { amount } movements(first: $first, after: $after)";
const paging = "pageInfo { hasNextPage endCursor }";
const documents = {
  seller: `query ($from: DateTime!, $until: DateTime!, $first: Int! = 50, $after: String) {
    statement: sellerStatement(from: $from, until: $until) { shop { id }
      ${common} { nodes { kind orderId at amount { amount } } ${paging} } } }`,
  affiliate: `query ($from: DateTime!, $until: DateTime!, $first: Int! = 50, $after: String) {
    statement: affiliateStatement(from: $from, until: $until) {
      ${common} { nodes { kind productId at creator { id } video { id } liveSession { id } amount { amount } } ${paging} } } }`,
};

const minor = (decimal: string): bigint => BigInt(decimal.replace(".", ""));
const year = {
  from: new Date(Date.now() - 3_600_000).toISOString(),
  until: new Date(Date.now() + 3_600_000).toISOString(),
};
let order: PaidOrder;

async function act(command: OrderCommand): Promise<void> {
  const fulfilling = fulfillingOf(commerce());
  const request = { operation: "refundOrder", orderId: order.orderId, command, reason: null } as const;
  const result = await actOnOrder(
    fulfilling,
    { kind: "OPERATOR", subject: "o" },
    { ...request, idempotencyKey: newKey() },
  );
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
}

async function payOut(debitAccount: string, amountMinor: bigint): Promise<void> {
  const id = commerce().parts.newId();
  await commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const amount = { amountMinor, currency: "IDR" };
    const transfer = {
      id,
      kind: "payout",
      debitAccount,
      creditAccount: accounts.bankEscrow,
      amount,
      expiresAt: null,
    } as const;
    await tx.transfers.begin(transfer, new Date());
    await tx.transfers.resolve(id, { outcome: "POSTED", amountMinor }, new Date());
  });
}

async function statementOf(kind: keyof typeof documents, scope: string, variables: object = year): Promise<Statement> {
  const client = await commerce().client("somebody", scope);
  return (await client.data<{ statement: Statement }>(documents[kind], { ...year, ...variables })).statement;
}

const sellerScope = () => `commerce:sell commerce:shop:${order.shopId}`;
const affiliateScope = "commerce:affiliate-statement";

beforeAll(async () => {
  order = await paidOrder(commerce(), { quantity: 2, isAttributed: true });
  await act({ kind: "ship" });
  await act({ kind: "confirm-receipt" });
  await payOut(accounts.sellerPayable(order.shopId), 1_000_000n);
  await payOut(accounts.affiliatePayable("storefront"), 1n);
  await act({ kind: "refund", amountMinor: 1_234_567n });
}, 90_000);

describe.each(["seller", "affiliate"] as const)("the %s's statement", (kind) => {
  const scope = () => (kind === "seller" ? sellerScope() : affiliateScope);

  test("says what was owed at first and last, and every movement between the two", async () => {
    const { opening, closing, movements } = await statementOf(kind, scope());
    const kinds = kind === "seller" ? ["RELEASE", "PAYOUT", "REFUND"] : ["COMMISSION", "PAYOUT", "REVERSAL"];
    expect(movements.nodes.map((movement) => movement.kind)).toEqual(kinds);
    const moved = movements.nodes.reduce((total, { amount }) => total + minor(amount.amount), 0n);
    expect(opening.amount).toBe("0.00");
    expect(minor(closing.amount)).toBe(moved);
    expect(minor(movements.nodes[1]?.amount.amount ?? "")).toBe(kind === "seller" ? -1_000_000n : -1n);
    expect(minor(movements.nodes[2]?.amount.amount ?? "") < 0n).toBe(true);
  });

  test("is read page by page, and of a later period opens with what the earlier closed with", async () => {
    const whole = await statementOf(kind, scope());
    const read: Movement[] = [];
    for (let after: string | null = null, rounds = 0; rounds < 5; rounds += 1) {
      const { movements }: Statement = await statementOf(kind, scope(), { first: 1, after });
      read.push(...movements.nodes);
      after = movements.pageInfo.endCursor;
      if (!movements.pageInfo.hasNextPage) break;
    }
    expect(read).toEqual(whole.movements.nodes);
    const later = await statementOf(kind, scope(), {
      from: year.until,
      until: new Date(Date.now() + 7_200_000).toISOString(),
    });
    expect(later.opening).toEqual(whole.closing);
    expect(later.movements.nodes).toEqual([]);
  });

  test("begins with the balances of the snapshot before its period and what came since, and sums up nothing earlier", async () => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    const whole = await statementOf(kind, scope());
    await untilAllIsWritten(commerce().database.superuserUrl);
    const { id } = await commerce().parts.store.takeLedgerSnapshot(inHours(0));
    const next = { from: inHours(3).toISOString(), until: inHours(6).toISOString() };
    expect((await statementOf(kind, scope(), next)).opening).toEqual(whole.closing);
    // Too near the period to be relied on: clocks differ.
    const near = { from: inHours(0.5).toISOString(), until: inHours(6).toISOString() };
    const superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 1 });
    superuser.on("error", () => undefined);
    const code = kind === "seller" ? accounts.sellerPayable(order.shopId) : accounts.affiliatePayable("storefront");
    const change = (addMinor: number) =>
      superuser.query(
        `BEGIN; SET LOCAL session_replication_role = replica;
         UPDATE ledger_snapshot_balance SET balance_minor = balance_minor - (${addMinor})
         WHERE snapshot_id = '${id}' AND account_id = (SELECT id FROM ledger_account WHERE code = '${code}'); COMMIT`,
      );
    await change(7);
    const changed = await statementOf(kind, scope(), next);
    const [opening, closing] = [changed.opening, changed.closing].map(({ amount }) => minor(amount));
    expect([opening, closing]).toEqual([minor(whole.closing.amount) + 7n, minor(whole.closing.amount) + 7n]);
    expect((await statementOf(kind, scope(), near)).opening).toEqual(whole.closing);
    await change(-7);
    await superuser.end();
  });

  test("is nobody else's: a buyer and an operator are refused", async () => {
    for (const other of ["commerce:buy", "commerce:operate", "commerce:sell"]) {
      const { errors } = await (await commerce().client("somebody", other)).send(documents[kind], year);
      expect(errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
    }
    const { errors } = await (await commerce().client()).send(documents[kind], year);
    expect(errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
  });

  test("of a period that ends before it begins, or lasts for years, is refused", async () => {
    const client = await commerce().client("somebody", scope());
    for (const period of [
      { from: year.until, until: year.from },
      { from: "2020-01-01T00:00:00.000Z", until: "2026-01-01T00:00:00.000Z" },
    ]) {
      expect((await client.send(documents[kind], period)).errors?.[0]?.extensions?.code).toBe("BAD_USER_INPUT");
    }
  });

  test("is two statements of SQL whatever its length, and finds its rows by an index", async () => {
    const statements = await recordStatements(commerce().parts.database.pool, () => statementOf(kind, scope()));
    expect(statements.filter(({ sql }) => /ledger_entry/.test(sql))).toHaveLength(2);
    expect(await scansWithoutIndex(commerce().database.superuserUrl, statements)).toEqual([]);
  });
});

describe("whom a statement names", () => {
  test("the seller's, orders; another shop's has none of them", async () => {
    const { movements } = await statementOf("seller", sellerScope());
    expect(movements.nodes.map(({ orderId }) => orderId)).toEqual([order.orderId, null, order.orderId]);
    const other = await statementOf("seller", `commerce:sell commerce:shop:${deterministicId("shop", 7)}`);
    expect(other.movements.nodes).toEqual([]);
  });

  test("the affiliate's, content and product, and no buyer, order or payment in anything that is answered", async () => {
    const statement = await statementOf("affiliate", affiliateScope);
    expect(statement.movements.nodes[0]).toMatchObject({
      productId: deterministicId("product", 0),
      creator: { id: deterministicId("creator", 1) },
    });
    const answered = JSON.stringify(statement);
    for (const secret of [order.buyer, order.orderId, order.paymentId]) expect(answered).not.toContain(secret);
  });
});

describe("what was posted by hand, or by a later release", () => {
  test("is shown on both statements under a kind of its own, and opening and movements still make the closing", async () => {
    const idr = (amountMinor: bigint) => ({ amountMinor, currency: "IDR" });
    await commerce().parts.store.transactions.runInTransaction(async (tx) => {
      for (const account of [accounts.sellerPayable(order.shopId), accounts.affiliatePayable("storefront")]) {
        const entries = (amountMinor: bigint) => [
          debit(accounts.writeOff, idr(amountMinor)),
          credit(account, idr(amountMinor)),
        ];
        await tx.ledger.post(transactionOf("correction", `fix ${account}`, entries(7_00n)), new Date());
        await tx.ledger.post(transactionOf("write-off", `unheard of ${account}`, entries(3_00n)), new Date());
      }
    });
    for (const [kind, scope] of [
      ["seller", sellerScope()],
      ["affiliate", affiliateScope],
    ] as const) {
      const { opening, closing, movements } = await statementOf(kind, scope);
      const added = movements.nodes.filter((movement) => ["CORRECTION", "OTHER"].includes(movement.kind));
      expect(added.map((movement) => [movement.kind, movement.amount.amount]).sort()).toEqual([
        ["CORRECTION", "7.00"],
        ["OTHER", "3.00"],
      ]);
      const moved = movements.nodes.reduce((total, { amount }) => total + minor(amount.amount), 0n);
      expect(minor(opening.amount) + moved).toBe(minor(closing.amount));
    }
  });
});
