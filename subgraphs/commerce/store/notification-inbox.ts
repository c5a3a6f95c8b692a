import { z } from "zod";
import type { Prisma, ProviderNotification as Row } from "../../../prisma/commerce/client/client.ts";
import type {
  CallbackAnswer,
  KeptNotification,
  NotificationInbox,
  NumberedCall,
  Verdict,
} from "../domain/notification.ts";
import { clientOf } from "./transactions.ts";

const answerShape = z.object({ status: z.number().int(), body: z.record(z.string(), z.unknown()) });

function toJson(answer: CallbackAnswer): Prisma.InputJsonObject {
  return { status: answer.status, body: answer.body as Prisma.InputJsonObject };
}

function toKept(row: Row): KeptNotification {
  return {
    id: row.id,
    provider: row.provider,
    reference: row.reference,
    providerStatus: row.providerStatus,
    paymentId: row.paymentId,
    verdict: row.verdict as Verdict,
    amount: { amountMinor: row.amountMinor, currency: row.currency },
    answer: answerShape.parse(row.answer),
    receivedAt: row.receivedAt,
    appliedAt: row.appliedAt,
  };
}

function numberKey({ provider, day, externalId }: NumberedCall) {
  return { provider_day_externalId: { provider, day: new Date(`${day}T00:00:00Z`), externalId } };
}

/** Call-backs of providers, in the caller's transaction: numbers in `inbound_external_id`, facts in `provider_notification`. */
export function createNotificationInbox(): NotificationInbox {
  return {
    claimNumber: async (tx, call, at) => {
      const client = clientOf(tx);
      const claimed = await client.$executeRaw`
        INSERT INTO inbound_external_id (provider, day, external_id, body_hash, received_at)
        VALUES (${call.provider}, ${call.day}::date, ${call.externalId}, ${call.identity}, ${at})
        ON CONFLICT DO NOTHING`;
      if (claimed === 1) return null;
      const first = await client.inboundExternalId.findUniqueOrThrow({ where: numberKey(call) });
      return { identity: first.bodyHash, answer: answerShape.parse(first.answer) };
    },
    keepAnswer: async (tx, call, answer) => {
      await clientOf(tx).inboundExternalId.update({ where: numberKey(call), data: { answer: toJson(answer) } });
    },
    find: async (tx, { provider, reference, providerStatus, amount }, paymentId) => {
      const where = { provider, reference, providerStatus, ...amount, paymentId };
      const row = await clientOf(tx).providerNotification.findFirst({ where, orderBy: { id: "asc" } });
      return row === null ? null : toKept(row);
    },
    insert: async (tx, { amount, answer, ...kept }, rawBody) => {
      const data = {
        ...kept,
        amountMinor: amount.amountMinor,
        currency: amount.currency,
        answer: toJson(answer),
        rawBody: new Uint8Array(rawBody),
      };
      const { count } = await clientOf(tx).providerNotification.createMany({ data: [data], skipDuplicates: true });
      return count === 1;
    },
    load: async (tx, notificationId) => {
      const row = await clientOf(tx).providerNotification.findUnique({ where: { id: notificationId } });
      return row === null ? null : toKept(row);
    },
    markApplied: async (tx, notificationId, at) => {
      await clientOf(tx).providerNotification.updateMany({
        where: { id: notificationId, appliedAt: null },
        data: { appliedAt: at },
      });
    },
    hasUnapplied: async (tx, paymentId) => {
      const where = { paymentId, verdict: "ACCEPTED", appliedAt: null };
      return (await clientOf(tx).providerNotification.findFirst({ where, select: { id: true } })) !== null;
    },
  };
}
