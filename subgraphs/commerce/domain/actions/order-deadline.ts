import type { Workflow } from "../durable-run.ts";
import type { LockedOrder } from "../fulfilment.ts";
import type { OrderDeadlineKind } from "../order-deadlines.ts";
import { decideOrder, type OrderCommand, refundableMinor } from "../order-life.ts";
import type { Transaction } from "../ports.ts";
import { applyDecision, type Fulfilling, stateOf } from "./act-on-order.ts";
import { disputeException } from "./dispute-exception.ts";
import { settleReturn } from "./settle-return.ts";
import { startDeadline } from "./start-deadline.ts";

type Enforce = (fulfilling: Fulfilling, tx: Transaction, order: LockedOrder, round: string) => Promise<void>;

async function decide(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  command: OrderCommand,
  reason: string,
): Promise<void> {
  const decision = decideOrder(stateOf(order), command);
  if (decision.kind === "moved") await applyDecision(fulfilling, tx, order, decision, { by: "TIMER", reason });
}

async function cancelUnsent(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder): Promise<void> {
  if (order.status !== "CONFIRMED") return;
  await decide(fulfilling, tx, order, { kind: "cancel" }, "the shop did not send it in time");
}

async function disputeUndelivered(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder): Promise<void> {
  if (order.status !== "SHIPPED") return;
  await decide(fulfilling, tx, order, { kind: "open-dispute" }, "nobody said in time that it arrived");
}

/** Shows the dispute to a person, and looks again later: whoever closes the exception without resolving it sees it again. */
async function showDispute(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder, round: string): Promise<void> {
  if (order.dispute !== "OPEN") return;
  const payment = await tx.payments.load(order.paymentId);
  if (payment === null) throw new Error(`the payment ${order.paymentId} is gone`);
  const at = fulfilling.clock();
  await tx.exceptions.open(
    {
      ...disputeException(payment.provider, order.id),
      paymentId: payment.id,
      expectedMinor: refundableMinor(stateOf(order)),
      reportedMinor: null,
      currency: order.total.currency,
      detail: "a dispute is open for too long and holds the order's money; decide it by resolveDispute",
    },
    at,
  );
  await startDeadline(fulfilling.work, tx, "DISPUTE_AGE", order.id, at, String(Number(round) + 1));
}

/** A shop that does not answer has nothing against it; goods that are not back in time are a person's to decide about. */
function moveReturn(command: "approve" | "lapse", reason: string): Enforce {
  return async (fulfilling, tx, order, returnId) => {
    const goods = (await tx.returns.ofOrder(order.id)).find(({ id }) => id === returnId);
    if (goods !== undefined) await settleReturn(fulfilling, tx, order, goods, command, { by: "TIMER", reason });
  };
}

const enforcers: Partial<Record<OrderDeadlineKind, Enforce>> = {
  RETURN_ANSWER: moveReturn("approve", "the shop did not answer in time"),
  RETURN_ARRIVAL: moveReturn("lapse", "nobody said in time that the goods are back"),
  SHIP_BY: cancelUnsent,
  DELIVER_BY: disputeUndelivered,
  DISPUTE_AGE: showDispute,
};

/**
 * The workflow `order-deadline` { orderId, deadline, round }, of which the round of a return's is the return: ends a wait that
 * nobody ended in time. The order's row decides under its lock: what a person did before is left as it is, and what comes after finds the order moved.
 */
export function createOrderDeadline(fulfilling: Fulfilling): Workflow {
  return async (run, { orderId = "", deadline = "", round = "1" }) => {
    await run.tx("decide", async (tx) => {
      const order = await tx.fulfilment.lock(orderId);
      if (order === null) return;
      const enforce = enforcers[deadline as OrderDeadlineKind];
      if (enforce === undefined) throw new Error(`no deadline of an order is called ${deadline}`);
      await enforce(fulfilling, tx, order, round);
    });
  };
}
