import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { Fulfilling } from "../domain/actions/act-on-order.ts";
import { createCompleteOrder } from "../domain/actions/complete-order.ts";
import type { RefundRequests } from "../domain/actions/request-refund.ts";
import type { Workflow } from "../domain/durable-run.ts";
import type { FulfilmentWorkflowName, Transactions } from "../domain/ports.ts";
import { createDurableWork } from "../store/durable/start-in-tx.ts";
import { createNotificationInbox } from "../store/notification-inbox.ts";
import { hashRequest } from "../store/request-hash.ts";

/** What moves orders on after they are paid. */
export interface Fulfilment {
  readonly fulfilling: Fulfilling;
  /** What the worker runs. */
  readonly workflows: Readonly<Record<FulfilmentWorkflowName, Workflow>>;
}

/** What it is put together from. */
export interface FulfilmentSettings {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly refundRequests: RefundRequests;
  readonly autoCompleteSeconds: number;
}

/** Puts together what moves orders on after they are paid. */
export function composeFulfilment(settings: FulfilmentSettings): Fulfilment {
  const { transactions, clock, newId, refundRequests, autoCompleteSeconds } = settings;
  const work = createDurableWork(clock);
  const fulfilling: Fulfilling = {
    transactions,
    work,
    inbox: createNotificationInbox(),
    refundRequests,
    newId,
    clock,
    hashRequest,
    autoCompleteSeconds,
  };
  return {
    fulfilling,
    workflows: {
      "complete-order": createCompleteOrder(fulfilling),
    },
  };
}
