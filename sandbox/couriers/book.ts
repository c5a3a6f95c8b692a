import { openJournal } from "../book/journal.ts";
import type { Callback, OwedCallback, Parcel, ParcelEntry } from "./parcel.ts";

/** What a courier knows, and the only way to change it. Durable: `flush` before anybody is told. */
export interface ParcelBook {
  /** Records a fact: at once in memory, on disk with the next `flush`. @throws JournalError */
  readonly record: (entry: ParcelEntry) => void;
  /** @throws JournalError */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly parcels: () => readonly Parcel[];
  readonly byWaybill: (waybill: string) => Parcel | undefined;
  readonly byReference: (reference: string) => Parcel | undefined;
  readonly callbacks: () => readonly Callback[];
  readonly callback: (callbackId: string) => Callback | undefined;
}

interface State {
  readonly byWaybill: Map<string, Parcel>;
  readonly byReference: Map<string, Parcel>;
  readonly callbacks: Map<string, Callback>;
}

function mustFind<Value>(map: Map<string, Value>, key: string): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the book names ${key}, which it does not know`);
  return value;
}

function owe(state: State, owed: OwedCallback | null): void {
  if (owed === null) return;
  state.callbacks.set(owed.callbackId, { ...owed, state: "owed", nextAttemptAt: new Date(owed.dueAt), answers: [] });
}

function apply(state: State, entry: ParcelEntry): void {
  switch (entry.entry) {
    case "parcel-booked": {
      const { entry: _entry, at, waybill, ...booking } = entry;
      const parcel: Parcel = {
        waybill,
        ...booking,
        steps: [{ state: "booked", place: booking.origin, at: new Date(at) }],
      };
      state.byWaybill.set(waybill, parcel);
      state.byReference.set(booking.reference, parcel);
      return;
    }
    case "parcel-moved":
      mustFind(state.byWaybill, entry.waybill).steps.push({
        state: entry.to,
        place: entry.place,
        at: new Date(entry.at),
      });
      owe(state, entry.callback);
      return;
    case "callback-sent": {
      const callback = mustFind(state.callbacks, entry.callbackId);
      callback.answers.push(entry.httpStatus);
      if (entry.outcome === "delivered" || entry.outcome === "gave-up") callback.state = entry.outcome;
      if (entry.nextAttemptAt !== null) callback.nextAttemptAt = new Date(entry.nextAttemptAt);
    }
  }
}

/** Opens a courier's book: reads what it knew, and continues. @throws JournalError */
export async function openParcelBook(file: string): Promise<ParcelBook> {
  const state: State = { byWaybill: new Map(), byReference: new Map(), callbacks: new Map() };
  const journal = await openJournal<ParcelEntry>(file, (entry) => apply(state, entry));
  return {
    record(entry) {
      journal.append(entry);
      apply(state, entry);
    },
    flush: journal.flush,
    close: journal.close,
    parcels: () => [...state.byWaybill.values()],
    byWaybill: (waybill) => state.byWaybill.get(waybill),
    byReference: (reference) => state.byReference.get(reference),
    callbacks: () => [...state.callbacks.values()],
    callback: (callbackId) => state.callbacks.get(callbackId),
  };
}
