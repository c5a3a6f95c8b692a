import type { NewId } from "../../../platform/values/ids.ts";
import type {
  ShippingQuote as QuoteRow,
  Shipment as ShipmentRow,
  ShipmentStep as StepRow,
} from "../../../prisma/commerce/client/client.ts";
import {
  type Carriage,
  canShipmentMove,
  type Shipment,
  type ShippingQuote,
  type ShippingStore,
} from "../domain/shipping/shipment.ts";
import type { TrackingStep } from "../domain/shipping/tracking.ts";
import type { TransactionClient } from "./client.ts";

type CarriageColumns = Omit<Carriage, "fee"> & { readonly feeMinor: bigint; readonly currency: string };

function carriageColumns({ fee, ...carriage }: Carriage): CarriageColumns {
  const { courier, service, minDays, maxDays, weightGrams, originDistrict, destinationDistrict } = carriage;
  return {
    courier,
    service,
    feeMinor: fee.amountMinor,
    currency: fee.currency,
    minDays,
    maxDays,
    weightGrams,
    originDistrict,
    destinationDistrict,
  };
}

function toCarriage(row: CarriageColumns): Carriage {
  const { courier, service, minDays, maxDays, weightGrams, originDistrict, destinationDistrict } = row;
  const fee = { amountMinor: row.feeMinor, currency: row.currency };
  return { courier, service, fee, minDays, maxDays, weightGrams, originDistrict, destinationDistrict };
}

/** Reads a row of `shipment`. */
export function toShipment(row: ShipmentRow): Shipment {
  return { orderId: row.orderId, ...toCarriage(row), status: row.status, waybill: row.waybill };
}

/** Reads a row of `shipment_step`. */
export function toStep({ status, code, place, at }: Omit<StepRow, "id" | "orderId" | "learnedAt">): TrackingStep {
  return { status: status as TrackingStep["status"], code, place, at };
}

function toQuote(row: QuoteRow): ShippingQuote {
  const { id, buyerId, shopId, expiresAt } = row;
  return { id, buyerId, shopId, ...toCarriage(row), expiresAt };
}

function quotesOf(client: TransactionClient): Pick<ShippingStore, "insertQuotes" | "quotes"> {
  return {
    insertQuotes: async (quotes) => {
      await client.shippingQuote.createMany({
        data: quotes.map((quote) => {
          const { id, buyerId, shopId, expiresAt } = quote;
          return { id, buyerId, shopId, expiresAt, ...carriageColumns(quote) };
        }),
      });
    },
    quotes: async (buyerId, ids) =>
      (await client.shippingQuote.findMany({ where: { buyerId, id: { in: [...ids] } } })).map(toQuote),
  };
}

function trackingOf(
  client: TransactionClient,
  newId: NewId,
): Pick<ShippingStore, "orderOf" | "appendSteps" | "keepCallback"> {
  return {
    orderOf: async (courier, reference, waybill) => {
      const rows = await client.$queryRaw<{ orderId: string }[]>`
        SELECT order_id AS "orderId" FROM shipment WHERE order_id = ${reference}::uuid AND courier = ${courier}
          AND (waybill = ${waybill} OR status = 'BOOKING')`;
      return rows[0]?.orderId ?? null;
    },
    appendSteps: async (orderId, steps, at) => {
      const sorted = [...steps].sort((one, other) => one.at.getTime() - other.at.getTime());
      const added = await client.shipmentStep.createManyAndReturn({
        data: sorted.map((step) => ({ id: newId(), orderId, ...step, learnedAt: at })),
        skipDuplicates: true,
      });
      return added.map(toStep).sort((one, other) => one.at.getTime() - other.at.getTime());
    },
    keepCallback: async ({ courier, eventId, orderId, rawBody }, receivedAt) => {
      const { count } = await client.courierCallback.createMany({
        data: [{ courier, eventId, orderId, rawBody: Uint8Array.from(rawBody), receivedAt }],
        skipDuplicates: true,
      });
      return count === 1;
    },
  };
}

/** Quotes, shipments and their waybills' history, in one transaction. */
export function createShippingStore(client: TransactionClient, newId: NewId): ShippingStore {
  return {
    ...quotesOf(client),
    ...trackingOf(client, newId),
    insert: async (shipments) => {
      if (shipments.length === 0) return;
      await client.shipment.createMany({
        data: shipments.map((shipment) => {
          const { orderId, status, waybill } = shipment;
          return { orderId, status, waybill, ...carriageColumns(shipment) };
        }),
      });
    },
    find: async (orderId) => {
      const row = await client.shipment.findUnique({ where: { orderId } });
      return row === null ? null : toShipment(row);
    },
    bookedAs: async (courier, waybill) => {
      const row = await client.shipment.findFirst({ where: { courier, waybill } });
      if (row === null) return null;
      const charged = { amountMinor: row.chargedMinor ?? row.feeMinor, currency: row.currency };
      return { orderId: row.orderId, charged, isBilled: row.billedAt !== null };
    },
    markBilled: async (courier, waybill, billedAt) => {
      await client.shipment.updateMany({ where: { courier, waybill, billedAt: null }, data: { billedAt } });
    },
    move: async ({ orderId, status: from }, status, booked) => {
      if (!canShipmentMove(from, status)) throw new Error(`a shipment does not move from ${from} to ${status}`);
      const named = booked === undefined ? {} : { waybill: booked.waybill, chargedMinor: booked.charged.amountMinor };
      const { count } = await client.shipment.updateMany({
        where: { orderId, status: from },
        data: { status, ...named },
      });
      if (count !== 1) throw new Error(`the shipment of order ${orderId} is not as it was read`);
    },
  };
}
