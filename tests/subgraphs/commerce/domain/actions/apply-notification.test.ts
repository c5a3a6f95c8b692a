import { expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { createApplyNotification } from "../../../../../subgraphs/commerce/domain/actions/apply-notification.ts";
import { receiveNotification } from "../../../../../subgraphs/commerce/domain/actions/receive-notification.ts";
import { refuseCharge } from "../../../../../subgraphs/commerce/domain/actions/take-charge.ts";
import type { PaymentProvider, StatusAnswer } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { createNotificationInbox } from "../../../../../subgraphs/commerce/store/notification-inbox.ts";
import { buy, seededVariant, setStock } from "../../support/buyer-journey.ts";
import { directRun } from "../../support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();

test("a paid account that is paid again, while the bank still has the money that we refused, is paid by the first as soon as the bank says so", async () => {
  const { work, clock, store, database } = commerce().parts;
  const { transactions } = store;
  const inbox = createNotificationInbox();
  await setStock(commerce(), seededVariant(0), 50);
  const { payment } = await buy(commerce(), `buyer-${newKey()}`, seededVariant(0));
  const loaded = await transactions.runInTransaction((tx) => tx.payments.load(payment.id));
  if (loaded === null) throw new Error("no payment");
  const { amount } = loaded;
  const [first, second] = [newKey(), newKey()];
  await transactions.runInTransaction(async (tx) => {
    const told = { provider: testMethod.provider, reference: first, providerStatus: "00", meaning: "paid" } as const;
    const notification = { ...told, amount, money: "asked", rawBody: new Uint8Array([1]) } as const;
    const by = { by: "id", paymentId: payment.id } as const;
    const receiving = { transactions, inbox, work, clock, newId };
    await receiveNotification(receiving, tx, by, notification, () => ({ status: 200, body: {} }));
    const locked = await tx.payments.lock(payment.id);
    if (locked === null) throw new Error("no payment");
    await refuseCharge(tx, locked, second, "ALREADY_PAID", clock());
  });
  const { rows } = await database.pool.query("SELECT id FROM provider_notification WHERE payment_id = $1", [
    payment.id,
  ]);
  const notificationId = String(rows[0]?.id);
  const says = (providerReference: string): StatusAnswer => ({
    kind: "paid",
    amount,
    providerReference,
    paidAt: clock(),
  });
  const answers = [says(second), says(first)];
  const bank = { queryStatus: async () => answers.shift() } as unknown as PaymentProvider;
  const apply = createApplyNotification({ inbox, work, providerOf: () => bank, clock });
  const status = async () => (await transactions.runInTransaction((tx) => tx.payments.load(payment.id)))?.status;
  await apply(directRun(commerce()), { notificationId });
  expect(await status()).toBe("AWAITING_PAYMENT");
  await apply(directRun(commerce()), { notificationId, attempt: "2" });
  expect(await status()).toBe("PAID");
});
