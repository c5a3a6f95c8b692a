import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { GuestTokens } from "../guest-cart.ts";
import type { NotificationInbox } from "../notification.ts";
import type { PaymentMethod } from "../payment.ts";
import type { AttributionTokens, DurableWork, HashRequest, PaymentRequests, Transactions } from "../ports.ts";
import type { Shipping } from "./choose-carriage.ts";

/** What the buyer's actions need of the outside. */
export interface Buying {
  readonly transactions: Transactions;
  readonly attributionTokens: AttributionTokens;
  readonly guestTokens: GuestTokens;
  readonly work: DurableWork;
  readonly paymentRequests: PaymentRequests;
  readonly inbox: NotificationInbox;
  /** Ways to pay that are offered, in the order shown. */
  readonly methods: readonly PaymentMethod[];
  readonly shipping: Shipping;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly hashRequest: HashRequest;
  /** How long a payment can be paid and its stock stays reserved. */
  readonly paymentTtlSeconds: number;
}
