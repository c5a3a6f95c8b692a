import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { actOnOrder, type OrderActor } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const operator: OrderActor = { kind: "OPERATOR", subject: "operator" };
const buyer: OrderActor = { kind: "BUYER", subject: "buyer" };
const deadlineMs = 40_000;

describe("an order's life with durable work and the sandbox's providers", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 90_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(async () => {
    await Promise.all([rig.providers.bank.reset(), rig.providers.kantong.reset()]);
  });

  const controlOf = (methodId: string) => (methodId.startsWith("kantong") ? rig.providers.kantong : rig.providers.bank);

  async function paid(methodId: string): Promise<Placed> {
    const placed = await rig.request({ methodId });
    await controlOf(methodId).post("pay", { partnerReferenceNo: placed.paymentId });
    await rig.until(placed, "PAID");
    return placed;
  }

  async function act(actor: OrderActor, { orderId }: Placed, command: OrderCommand): Promise<string> {
    const request = { operation: "refundOrder", orderId, command, reason: "uji", idempotencyKey: newId() } as const;
    const result = await actOnOrder(rig.fulfilment.fulfilling, actor, request);
    return result.ok ? result.value.status : result.refusal.kind;
  }

  async function timeline({ orderId }: Placed): Promise<string[]> {
    const { rows } = await rig.pool.query("SELECT kind FROM order_event WHERE order_id = $1 ORDER BY at, id", [
      orderId,
    ]);
    return rows.map((row) => String(row.kind));
  }

  function untilEvent(placed: Placed, kind: string): Promise<string[]> {
    return eventually(
      async () => {
        const events = await timeline(placed);
        return events.includes(kind) ? events : undefined;
      },
      kind,
      deadlineMs,
    );
  }

  async function posted(kind: string, { orderId }: Placed): Promise<number> {
    const { rows } = await rig.pool.query(
      `SELECT count(*)::int AS n FROM ledger_transaction WHERE kind = $1
       AND reference IN (SELECT id::text FROM refund WHERE order_id = $2)`,
      [kind, orderId],
    );
    return rows[0].n;
  }

  test.each(["bank-cendana.qris", "kantong.wallet"])(
    "%s: a paid order that is cancelled is refunded by its provider, once, though the provider says nothing the first time",
    async (methodId) => {
      const placed = await paid(methodId);
      const operation = methodId.startsWith("kantong") ? "wallet-refund" : "qr-refund";
      await controlOf(methodId).behave({ operation, behaviour: "fail", work: true });
      expect(await act(buyer, placed, { kind: "cancel" })).toBe("CANCELLED");
      expect(await untilEvent(placed, "REFUND_SENT")).toEqual([
        "PLACED",
        "CONFIRMED",
        "CANCELLED",
        "REFUND_OWED",
        "REFUND_SENT",
      ]);
      const charge = await controlOf(methodId).charge(placed.paymentId);
      expect(charge).toMatchObject({ amountPaid: "149000.00", amountRefunded: "149000.00" });
      expect(charge.refunds).toHaveLength(1);
      expect(await posted("refund-sent", placed)).toBe(1);
      expect((await rig.state(placed)).onHand).toBe(5);
    },
    60_000,
  );

  test("two partial refunds of one order are two refunds at the provider", async () => {
    const placed = await paid("kantong.wallet");
    for (const amountMinor of [1_000_000n, 2_500_000n]) {
      expect(await act(operator, placed, { kind: "refund", amountMinor })).toBe("CONFIRMED");
    }
    await eventually(
      async () => ((await posted("refund-sent", placed)) === 2 ? true : undefined),
      "both sent",
      deadlineMs,
    );
    const { amountRefunded, refunds } = await rig.providers.kantong.charge(placed.paymentId);
    expect({ amountRefunded, refunds: refunds.length }).toEqual({ amountRefunded: "35000.00", refunds: 2 });
  }, 60_000);

  test("a virtual account has no refund: the money stays owed, and waits for a person", async () => {
    const placed = await paid("bank-cendana.virtual-account");
    await act(buyer, placed, { kind: "cancel" });
    const exception = await eventually(
      async () => {
        const { rows } = await rig.pool.query(
          `SELECT e.detail FROM money_exception e JOIN refund r ON e.reference = r.id::text
           WHERE r.order_id = $1 AND r.state = 'BY_HAND'`,
          [placed.orderId],
        );
        return rows[0];
      },
      "an exception that waits for a person",
      deadlineMs,
    );
    expect(exception.detail).toContain("has no call that sends money of this payment back");
    expect(await posted("refund-sent", placed)).toBe(0);
  }, 60_000);

  test("a delivered order that nobody confirms is completed by the durable timer, unless it is disputed", async () => {
    const [quiet, disputed] = [await paid("kantong.wallet"), await paid("kantong.wallet")];
    for (const placed of [quiet, disputed]) {
      await act(operator, placed, { kind: "ship" });
      expect(await act(operator, placed, { kind: "deliver" })).toBe("DELIVERED");
    }
    await act(buyer, disputed, { kind: "open-dispute" });
    await untilEvent(quiet, "COMPLETED");
    await eventually(
      async () => {
        const { rows } = await rig.pool.query(
          "SELECT 1 FROM durable.workflow_status WHERE workflow_uuid = $1 AND status = 'SUCCESS'",
          [`complete-order:${disputed.orderId}`],
        );
        return rows[0];
      },
      "the disputed order's timer has run",
      deadlineMs,
    );
    expect(await timeline(disputed)).not.toContain("COMPLETED");
    expect(await act(operator, disputed, { kind: "resolve-dispute", refundMinor: 0n })).toBe("COMPLETED");
  }, 60_000);
});
