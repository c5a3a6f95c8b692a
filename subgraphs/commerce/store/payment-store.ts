import type { NewId } from "../../../platform/values/ids.ts";
import type { Payment as PaymentRow, Prisma } from "../../../prisma/commerce/client/client.ts";
import type { Payment, PaymentEvent, PaymentEventSource } from "../domain/payment.ts";
import { payableStatuses, requireMoves } from "../domain/payment-status.ts";
import type { PaymentChanges, PaymentStore } from "../domain/ports.ts";
import type { PaymentChain } from "../domain/retry-rules.ts";
import type { TransactionClient } from "./client.ts";
import { readInstructions } from "./stored-json.ts";

/** Reads a row of `payment`. */
export function toPayment(row: PaymentRow): Payment {
  return {
    id: row.id,
    buyerId: row.buyerId,
    status: row.status,
    methodId: row.methodId,
    provider: row.provider,
    amount: { amountMinor: row.amountMinor, currency: row.currency },
    instructions: readInstructions(row.instructions),
    providerReference: row.providerReference,
    virtualAccountNo: row.virtualAccountNo,
    expiresAt: row.expiresAt,
    paidAt: row.paidAt,
    createdAt: row.createdAt,
  };
}

function toRow({ amount, instructions, ...payment }: Payment): Prisma.PaymentCreateInput {
  return {
    ...payment,
    amountMinor: amount.amountMinor,
    currency: amount.currency,
    ...(instructions === null ? {} : { instructions: { ...instructions } }),
  };
}

function toChanges({ instructions, ...changes }: PaymentChanges): Prisma.PaymentUpdateManyMutationInput {
  return { ...changes, ...(instructions === undefined ? {} : { instructions: { ...instructions } }) };
}

/** Payments of one transaction. */
export function createPaymentStore(client: TransactionClient, newId: NewId): PaymentStore {
  const load: PaymentStore["load"] = async (paymentId) => {
    const row = await client.payment.findUnique({ where: { id: paymentId } });
    return row === null ? null : toPayment(row);
  };
  const lock: PaymentStore["lock"] = async (paymentId) => {
    await client.$queryRaw`SELECT 1 FROM payment WHERE id = ${paymentId}::uuid FOR UPDATE`;
    const payment = await load(paymentId);
    if (payment === null) return null;
    const orders = await client.order.findMany({ where: { paymentId }, orderBy: { position: "asc" } });
    return {
      ...payment,
      orders: orders.map((order) => ({
        id: order.id,
        shopId: order.shopId,
        status: order.status,
        total: { amountMinor: order.totalMinor, currency: order.currency },
      })),
    };
  };
  const findByVirtualAccount: PaymentStore["findByVirtualAccount"] = async (provider, virtualAccountNo) => {
    const rows = await client.payment.findMany({
      where: { provider, virtualAccountNo },
      orderBy: { id: "desc" },
      take: 20,
    });
    const row = rows.find((candidate) => payableStatuses.includes(candidate.status)) ?? rows[0];
    return row === undefined ? null : toPayment(row);
  };
  const moveStatus: PaymentStore["moveStatus"] = async (paymentId, from, to, changes = {}) => {
    requireMoves(from, to);
    const { count } = await client.payment.updateMany({
      where: { id: paymentId, status: { in: [...from] } },
      data: { ...toChanges(changes), status: to },
    });
    return count === 1;
  };
  const events: PaymentStore["events"] = async (paymentId) => {
    const rows = await client.paymentEvent.findMany({ where: { paymentId }, orderBy: { id: "asc" } });
    return rows.map((row) => ({
      paymentId,
      kind: row.kind,
      source: row.source as PaymentEventSource,
      detail: row.detail as PaymentEvent["detail"],
      at: row.at,
    }));
  };
  return {
    load,
    lock,
    findByVirtualAccount,
    hasProviderReference: async (provider, providerReference) =>
      (await client.payment.findFirst({ where: { provider, providerReference }, select: { id: true } })) !== null,
    insert: async (payment) => {
      await client.payment.create({ data: toRow(payment) });
    },
    countPayable: (buyerId) => client.payment.count({ where: { buyerId, status: { in: [...payableStatuses] } } }),
    moveStatus,
    replace: async (paymentId, replacedById, at) => {
      await client.paymentReplacement.create({ data: { paymentId, replacedById, at } });
      await client.order.updateMany({ where: { paymentId }, data: { paymentId: replacedById } });
    },
    latestOf: async (paymentId) => {
      const rows = await client.$queryRaw<{ id: string }[]>`
        WITH RECURSIVE chain AS (
          SELECT ${paymentId}::uuid AS id, 0 AS step
          UNION ALL SELECT r.replaced_by_id, c.step + 1 FROM chain c JOIN payment_replacement r ON r.payment_id = c.id
        ) SELECT id FROM chain ORDER BY step DESC LIMIT 1`;
      return rows[0]?.id ?? paymentId;
    },
    chainOf: async (paymentId) => {
      const rows = await client.$queryRaw<PaymentChain[]>`
        WITH RECURSIVE chain AS (
          SELECT ${paymentId}::uuid AS id, 1 AS payments
          UNION ALL SELECT r.payment_id, c.payments + 1 FROM chain c JOIN payment_replacement r ON r.replaced_by_id = c.id
        ) SELECT c.payments, p.created_at AS "firstCreatedAt", p.expires_at AS "firstExpiresAt"
          FROM chain c JOIN payment p ON p.id = c.id ORDER BY c.payments DESC LIMIT 1`;
      const [chain] = rows;
      if (chain === undefined) throw new Error(`the payment ${paymentId} is gone`);
      return chain;
    },
    appendEvent: async (event, at) => {
      await client.paymentEvent.create({ data: { id: newId(), ...event, detail: { ...event.detail }, at } });
    },
    events,
  };
}
