import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Agent, type Dispatcher } from "undici";
import { newId } from "../../platform/runtime/ids.ts";
import type { CallbackRequest } from "../../subgraphs/commerce/callbacks/route.ts";
import type { CourierCallbackDialect } from "../../subgraphs/commerce/connectors/courier-callback.ts";
import { type CouriersFile, openCouriersFile } from "../../subgraphs/commerce/connectors/couriers-file.ts";
import type { CodeTable } from "../../subgraphs/commerce/connectors/snap/meanings.ts";
import type { Courier, ParcelBooking, Route } from "../../subgraphs/commerce/domain/shipping/courier.ts";
import { isOver, shipmentStatuses } from "../../subgraphs/commerce/domain/shipping/shipment.ts";
import {
  type CourierControl,
  type CourierName,
  type CourierProcesses,
  startCouriers,
} from "../subgraphs/commerce/shipping/courier-processes.ts";

/** What a connector is given to call its courier with. */
export interface CourierSide {
  readonly file: CouriersFile;
  readonly dispatcher: Dispatcher;
  readonly ratesDeadlineMs: number;
  readonly deadlineMs: number;
}

/** What a connector under contract brings. */
export interface CourierSubject {
  readonly name: CourierName;
  readonly create: (side: CourierSide) => Courier;
  readonly callbacks: (file: CouriersFile) => CourierCallbackDialect;
  /** The connector's tables by the sandbox's name of the operation. */
  readonly tables: Readonly<Record<string, CodeTable<string>>>;
  /** How the control API names a code of the tables. */
  readonly toControlCode: (code: string) => string;
  /** Codes, as the control API names them, that no table may list. */
  readonly unlisted: readonly string[];
  readonly statuses: Readonly<Record<string, string>>;
  /** A parcel that it does not carry. */
  readonly refusedRoute: Route;
  /** A tracking answer with one step of a code. */
  readonly trackingOf: (code: string) => string;
}

const route: Route = { originDistrict: "317406", destinationDistrict: "327301", weightGrams: 1_400 };
const recipient = {
  recipientName: "Sari & Dewi <rumah>",
  phone: "+6281234567890",
  street: "Jl. Melati No. 5 = blok 'C'",
  districtCode: route.destinationDistrict,
  postalCode: "40111",
};
const states = [
  ["picked-up", "PICKED_UP"],
  ["in-transit", "IN_TRANSIT"],
  ["out-for-delivery", "OUT_FOR_DELIVERY"],
  ["delivery-failed", "DELIVERY_FAILED"],
  ["returning", "RETURNING"],
  ["returned", "RETURNED"],
  ["lost", "LOST"],
  ["delivered", "DELIVERED"],
  ["cancelled", "CANCELLED"],
] as const;

interface Listener {
  readonly port: number;
  readonly received: CallbackRequest[];
  readonly close: () => void;
}

async function listen(answer: (headers: IncomingHttpHeaders) => { status: number; body: string }): Promise<Listener> {
  const received: CallbackRequest[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks) });
      const { status, body } = answer(headers);
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, received, close: () => server.close() };
}

/** Every connector keeps this contract, against the sandbox's real process of its courier. */
export function describeCourier(subject: CourierSubject): void {
  describe(`the courier contract of ${subject.name}`, () => {
    const agent = new Agent();
    let couriers: CourierProcesses;
    let control: CourierControl;
    let courier: Courier;
    let file: CouriersFile;
    let callbacks: Listener;

    async function newBooking(): Promise<ParcelBooking> {
      const answer = await courier.rates(route);
      if (answer.kind !== "rates") throw new Error(`no rates: ${answer.kind}`);
      return { ...route, reference: newId(), service: answer.rates[0]?.service ?? "", recipient };
    }
    async function booked() {
      const booking = await newBooking();
      const answer = await courier.book(booking);
      if (answer.kind !== "booked") throw new Error(`not booked: ${answer.kind}`);
      return { ...booking, waybill: answer.waybill };
    }
    const parcelsOf = async (reference: string) =>
      (await control.parcels()).filter((parcel) => parcel.reference === reference);
    const timed = { ratesDeadlineMs: 500, deadlineMs: 700 };

    beforeAll(async () => {
      callbacks = await listen(() => ({ status: 200, body: "" }));
      couriers = await startCouriers([subject.name], callbacks.port);
      control = couriers.of(subject.name);
      file = openCouriersFile(couriers.couriersFile, pino({ level: "silent" }));
      courier = subject.create({ file, dispatcher: agent, ...timed });
    }, 60_000);
    afterAll(async () => {
      await agent.destroy();
      callbacks?.close();
      await couriers?.stop();
    });
    beforeEach(() => control.reset());

    test("rates of a parcel have a fee and a range of days for each service; a heavier one never costs less", async () => {
      let before = new Map<string, bigint>();
      for (const weightGrams of [1, 900, 1_001, 2_400, 6_000, 20_000]) {
        const answer = await courier.rates({ ...route, weightGrams });
        if (answer.kind !== "rates") throw new Error(answer.reason);
        expect(answer.rates.length).toBeGreaterThan(1);
        for (const { service, fee, minDays, maxDays, validUntil } of answer.rates) {
          expect(fee.currency).toBe("IDR");
          expect(fee.amountMinor).toBeGreaterThanOrEqual(before.get(service) ?? 1n);
          expect(0 <= minDays && minDays <= maxDays).toBe(true);
          expect(validUntil === null || validUntil.getTime() > Date.now()).toBe(true);
        }
        before = new Map(answer.rates.map(({ service, fee }) => [service, fee.amountMinor]));
      }
    });

    test("rates of a parcel that it does not carry are refused", async () => {
      expect((await courier.rates(subject.refusedRoute)).kind).toBe("refused");
    });

    test("a parcel booked twice, in turn or ten times at once, is one parcel with one waybill", async () => {
      const booking = await newBooking();
      const first = await courier.book(booking);
      expect(first).toMatchObject({ kind: "booked", waybill: expect.any(String) });
      const others = await Promise.all(Array.from({ length: 10 }, () => courier.book(booking)));
      expect(others).toEqual(Array(10).fill(first));
      expect(await parcelsOf(booking.reference)).toHaveLength(1);
    });

    test("a booking whose answer never came is unknown, found under its reference, and never booked again", async () => {
      const booking = await newBooking();
      expect(await courier.find(booking.reference)).toEqual({ kind: "not-found" });
      for (const behaviour of ["silent", "drop", "fail", "in-progress"]) {
        await control.behave({ operation: "courier-book", behaviour });
        expect((await courier.book(booking)).kind).toBe("unknown");
      }
      const [parcel] = await parcelsOf(booking.reference);
      expect(await courier.find(booking.reference)).toMatchObject({ kind: "booked", waybill: parcel?.waybill });
      expect(await courier.book(booking)).toMatchObject({ kind: "booked", waybill: parcel?.waybill });
      expect(await parcelsOf(booking.reference)).toHaveLength(1);
    });

    test("what is charged for a booking is what was quoted for its service, until the tariff changes", async () => {
      const { reference, service } = await booked();
      const rates = await courier.rates(route);
      const quoted = rates.kind === "rates" ? rates.rates.find((rate) => rate.service === service) : undefined;
      expect(await courier.find(reference)).toMatchObject({ charged: quoted?.fee });
      await control.post("tariff", { percent: 150 });
      const dearer = await courier.rates(route);
      const after = dearer.kind === "rates" ? dearer.rates.find((rate) => rate.service === service) : undefined;
      expect(after?.fee.amountMinor).toBe(((quoted?.fee.amountMinor ?? 0n) * 3n) / 2n);
    });

    test.each(states)("a parcel that is %s is tracked as %s, with place and time", async (state, status) => {
      const { reference, waybill } = await booked();
      const before = Math.floor(Date.now() / 1_000) * 1_000;
      await control.move(reference, state, { place: "Bandung & Cimahi", silent: true });
      const answer = await courier.track(waybill);
      if (answer.kind !== "tracked") throw new Error(answer.reason);
      const steps = [...answer.steps].sort(
        (one, other) => Number(one.status !== "BOOKED") - Number(other.status !== "BOOKED"),
      );
      expect(steps).toMatchObject([{ status: "BOOKED" }, { status, place: "Bandung & Cimahi" }]);
      expect(steps[1]?.at.getTime()).toBeGreaterThanOrEqual(before);
      expect(steps[1]?.at.getTime()).toBeLessThanOrEqual(Date.now());
    });

    test("every status of its table is one of the lattice, and the end of a parcel's way can be told", () => {
      const told = Object.values(subject.statuses);
      expect(shipmentStatuses).toEqual(expect.arrayContaining(told));
      expect(told.filter((status) => isOver(status as "DELIVERED"))).toEqual(
        expect.arrayContaining(["DELIVERED", "RETURNED", "CANCELLED"]),
      );
    });

    test.each(Object.keys(subject.tables))(
      "%s: each listed code has its meaning, any other none",
      async (operation) => {
        const table = subject.tables[operation] ?? {};
        const booking = { ...(await booked()) };
        const calls: Readonly<Record<string, () => Promise<{ kind: string }>>> = {
          "courier-rates": () => courier.rates(route),
          "courier-book": () => courier.book({ ...booking, reference: newId() }),
          "courier-find": () => courier.find(booking.reference),
          "courier-track": () => courier.track(booking.waybill),
        };
        const call = calls[operation];
        if (call === undefined) throw new Error(`no call for ${operation}`);
        for (const [code, meaning] of Object.entries(table)) {
          if (meaning !== "refused" && meaning !== "not-found") continue;
          await control.behave({ operation, behaviour: "refuse", responseCode: subject.toControlCode(code) });
          expect([code, (await call()).kind]).toEqual([code, meaning]);
        }
        for (const responseCode of subject.unlisted) {
          await control.behave({ operation, behaviour: "refuse", responseCode });
          expect([responseCode, (await call()).kind]).toEqual([responseCode, "unknown"]);
        }
      },
    );

    test("a courier that is silent, hangs up, is away or answers something else is unknown, whatever it was asked", async () => {
      const { reference, waybill, ...rest } = await booked();
      for (const behaviour of ["silent", "drop"]) {
        for (const operation of ["courier-rates", "courier-find", "courier-track"]) {
          await control.behave({ operation, behaviour });
        }
        const answers = [courier.rates(route), courier.find(reference), courier.track(waybill)];
        expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(["unknown", "unknown", "unknown"]);
      }
      const garbage = await listen(() => ({ status: 200, body: "<html><p>We are upgrading.</html>" }));
      const away = await listen(() => ({ status: 200, body: "" }));
      away.close();
      for (const { port } of [garbage, away]) {
        const elsewhere = subject.create({ file: fileAt(port), dispatcher: agent, ...timed });
        const booking = { ...rest, reference };
        const calls = [
          elsewhere.rates(route),
          elsewhere.book(booking),
          elsewhere.find(reference),
          elsewhere.track(waybill),
        ];
        expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(Array(4).fill("unknown"));
      }
      garbage.close();
    });

    test("a step of a code that the table has not is UNKNOWN, with the code kept", async () => {
      for (const code of ["777", "constructor"]) {
        const strange = await listen(() => ({ status: 200, body: subject.trackingOf(code) }));
        const answer = await subject.create({ file: fileAt(strange.port), dispatcher: agent, ...timed }).track("X-1");
        expect(answer).toMatchObject({ kind: "tracked", steps: [{ status: "UNKNOWN", code }] });
        strange.close();
      }
    });

    function fileAt(port: number): CouriersFile {
      return { ...file, entry: (name) => ({ ...file.entry(name), baseUrl: `http://127.0.0.1:${port}` }) };
    }

    test("a call-back is believed for its bytes and its hour alone", async () => {
      const { reference, waybill } = await booked();
      const { isTheirs, read, path } = subject.callbacks(file);
      callbacks.received.length = 0;
      await control.move(reference, "picked-up");
      await control.post("forge", { reference, signature: "wrong" });
      await control.post("forge", { reference, signature: "missing" });
      await control.post("forge", { reference, signature: "valid", ageSeconds: 360 });
      const [honest, ...forged] = callbacks.received;
      if (honest === undefined) throw new Error("nothing was sent");
      const now = new Date();
      expect(honest.path).toBe(path);
      expect(read(honest.body)).toMatchObject({ reference, waybill, eventId: expect.any(String) });
      expect(isTheirs(honest, now)).toBe(true);
      expect(forged.map((request) => isTheirs(request, now))).toEqual([false, false, false]);
      for (const minutes of [-6, 6]) expect(isTheirs(honest, new Date(now.getTime() + minutes * 60_000))).toBe(false);
      for (let index = 0; index < honest.body.length; index += 1) {
        const body = Buffer.from(honest.body);
        body[index] = (body[index] ?? 0) ^ 1;
        expect(isTheirs({ ...honest, body }, now)).toBe(false);
      }
      for (const body of ["", "null", "{}", "id=1", "\u0000", "[1]"]) expect(read(Buffer.from(body))).toBeNull();
    });
  });
}
