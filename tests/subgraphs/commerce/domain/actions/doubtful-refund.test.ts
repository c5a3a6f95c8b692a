import { beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { actOnOrder } from "../../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import {
  finishRefundByHand,
  type RefundSent,
} from "../../../../../subgraphs/commerce/domain/actions/finish-refund-by-hand.ts";
import { createSendRefund } from "../../../../../subgraphs/commerce/domain/actions/send-refund.ts";
import { accounts } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { PaymentProvider, ProviderOutcome } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { createExceptionBook } from "../../../../../subgraphs/commerce/store/exception-book.ts";
import { createOperatorBook } from "../../../../../subgraphs/commerce/store/operator-book.ts";
import { createRefundBook } from "../../../../../subgraphs/commerce/store/refund-book.ts";
import { Crash, crashingRun } from "../../support/crashing-run.ts";
import { directRun, fulfillingOf, type PaidOrder, paidOrder } from "../../support/paid-order.ts";
import { useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const refused: ProviderOutcome = { kind: "refused", reason: "more than is left of the charge" };
const lost: ProviderOutcome = { kind: "unknown", reason: "no answer" };
const people = { actor: "Sari", secondPerson: "Budi" };

let order: PaidOrder;
let refundId: string;

async function sql(text: string, values: unknown[]) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

/** The workflow, by a provider that answers in turn. */
function sending(answers: readonly ProviderOutcome[]) {
  const coming = [...answers];
  const provider = { canRefund: () => true, refund: async () => coming.shift() } as unknown as PaymentProvider;
  const { work, clock, store } = commerce().parts;
  const { transactions } = store;
  return createSendRefund({ transactions, refunds: createRefundBook(), work, providerOf: () => provider, clock });
}

function finish(changes: Partial<RefundSent> = {}): Promise<object> {
  const { clock, store } = commerce().parts;
  const deps = {
    acts: createOperatorBook(newId),
    refunds: createRefundBook(),
    exceptions: createExceptionBook(),
    clock,
  };
  const sent = { reference: "TRF-1", sentBy: null, ...changes };
  return store.transactions.runInTransaction((tx) => finishRefundByHand(deps, tx, refundId, sent, people));
}

const detailOf = async () =>
  (await sql("SELECT detail FROM money_exception WHERE reference = $1 AND kind = 'REFUND_BY_HAND'", [refundId]))[0]
    ?.detail;

beforeEach(async () => {
  order = await paidOrder(commerce());
  const cancelling = {
    operation: "cancelOrder",
    orderId: order.orderId,
    command: { kind: "cancel" },
    reason: null,
    idempotencyKey: newId(),
  } as const;
  await actOnOrder(fulfillingOf(commerce()), { kind: "BUYER", subject: order.buyer }, cancelling);
  refundId = (await sql("SELECT id FROM refund WHERE order_id = $1", [order.orderId]))[0]?.id;
});

describe("a refund that the provider refuses", () => {
  test("the first time it is asked, did not move: it is paid back by our bank", async () => {
    await sending([refused])(directRun(commerce()), { refundId });
    expect(await detailOf()).not.toContain("may have sent it");
    expect(await finish()).toMatchObject({ done: "now" });
  });

  test.each<[string, () => Promise<void>]>([
    [
      "after an answer that was lost",
      async () => {
        const send = sending([lost, refused]);
        await send(directRun(commerce()), { refundId });
        await send(directRun(commerce()), { refundId, attempt: "2" });
      },
    ],
    [
      "after a crash before its answer was recorded",
      async () => {
        const send = sending([{ kind: "done", providerReference: "R" }, refused]);
        const run = crashingRun(commerce());
        await expect(send(run.from(2), { refundId })).rejects.toThrow(Crash);
        await send(run.from(-1), { refundId });
      },
    ],
  ])("%s may have moved: nobody pays it back before the provider was asked who sent it", async (_what, send) => {
    await send();
    expect(await detailOf()).toContain("may have sent it");
    await expect(finish()).rejects.toThrow("--sent-by provider");
    await finish({ sentBy: "provider" });
    const balances = await commerce().parts.store.ledger.balances([accounts.refundPayable, accounts.bankEscrow]);
    expect(await sql("SELECT kind FROM ledger_transaction WHERE reference = $1", [refundId])).toContainEqual({
      kind: "refund-sent",
    });
    expect(balances.get(accounts.refundPayable) ?? 0n).toBe(0n);
  });
});

test("a refund that one run is refused while another sends it, ends as sent, and is nobody's to pay back", async () => {
  const refusedNow = sending([refused]);
  const { work, clock, store } = commerce().parts;
  const provider = {
    canRefund: () => true,
    refund: async () => {
      // Meanwhile the first run writes its refusal down.
      await refusedNow(directRun(commerce()), { refundId });
      return { kind: "done", providerReference: "R" };
    },
  } as unknown as PaymentProvider;
  const { transactions } = store;
  const other = createSendRefund({
    transactions,
    refunds: createRefundBook(),
    work,
    providerOf: () => provider,
    clock,
  });
  await other(directRun(commerce()), { refundId, attempt: "2" });
  expect(await detailOf()).toContain("may have sent it");
  expect(await sql("SELECT state::text FROM refund WHERE id = $1", [refundId])).toEqual([{ state: "DONE" }]);
  expect(await sql("SELECT closed_by FROM money_exception WHERE reference = $1", [refundId])).toEqual([
    { closed_by: "reconciliation" },
  ]);
  await expect(finish()).rejects.toThrow("do not send it again");
});
