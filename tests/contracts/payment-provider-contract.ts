import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Logger, pino } from "pino";
import { Agent, type Dispatcher } from "undici";
import { newId } from "../../platform/runtime/ids.ts";
import { openProvidersFile, type ProvidersFile } from "../../subgraphs/commerce/connectors/providers-file.ts";
import { createSnapClient, type SnapClient } from "../../subgraphs/commerce/connectors/snap/client.ts";
import { type CodeTable, transactionStatusMeanings } from "../../subgraphs/commerce/connectors/snap/meanings.ts";
import type { SnapKeys } from "../../subgraphs/commerce/connectors/snap/party.ts";
import type { Payment } from "../../subgraphs/commerce/domain/payment.ts";
import type { PaymentProvider } from "../../subgraphs/commerce/domain/ports.ts";
import {
  type ProviderControl,
  type ProviderName,
  type ProviderProcesses,
  startProviders,
} from "../subgraphs/commerce/payments/provider-processes.ts";
import { chargeStateMeanings, type ExpectedCodes, processorCodes, snapCodes } from "./code-meanings.ts";

/** An operation as the sandbox names it, its service code in SNAP, the connector's table of codes and what it has to say. */
interface ContractOperation {
  readonly name: string;
  /** Null for a provider that does not speak SNAP: its codes are told as they stand in the table. */
  readonly service: string | null;
  readonly codes: CodeTable<string>;
  readonly expected: ExpectedCodes;
}

/** What a connector is given to call its provider with. */
export interface ContractSide {
  readonly file: ProvidersFile;
  readonly dispatcher: Dispatcher;
  readonly deadlineMs: number;
  readonly logger: Logger;
  readonly callbackUrl: string;
  readonly clientOf: (keys: SnapKeys) => SnapClient;
}

/** What a connector under contract brings. */
export interface ContractSubject {
  readonly methodId: string;
  readonly providerName: ProviderName;
  readonly create: (side: ContractSide) => PaymentProvider;
  readonly request: ContractOperation;
  readonly status: ContractOperation;
  readonly cancel: ContractOperation;
  /** Null when the provider cannot send money of this method back. */
  readonly refund: ContractOperation | null;
}

const deadlineMs = 700;
const price = { amountMinor: 14_900_000n, currency: "IDR" };

/** Every connector keeps this contract, against the sandbox's real process of its provider. */
export function describePaymentProvider(subject: ContractSubject): void {
  describe(`the payment provider contract of ${subject.methodId}`, () => {
    const agent = new Agent();
    let providers: ProviderProcesses;
    let control: ProviderControl;
    let provider: PaymentProvider;

    const newPayment = (): Payment => ({
      id: newId(),
      buyerId: "buyer",
      status: "REQUESTED",
      methodId: subject.methodId,
      provider: subject.providerName,
      amount: price,
      instructions: null,
      providerReference: null,
      virtualAccountNo: null,
      expiresAt: new Date(Date.now() + 900_000),
      paidAt: null,
      createdAt: new Date(),
    });
    const asked = async (): Promise<Payment> => {
      const payment = newPayment();
      expect((await provider.requestPayment(payment)).kind).toBe("requested");
      return payment;
    };
    const paid = async (): Promise<Payment> => {
      const payment = await asked();
      await control.post("pay", { partnerReferenceNo: payment.id, silent: true, skipInquiry: true });
      return payment;
    };

    beforeAll(async () => {
      providers = await startProviders([subject.providerName]);
      control = providers.of(subject.methodId);
      const logger = pino({ level: "silent" });
      let digits = 0;
      const randomDigits = (count: number): string => {
        digits += 1;
        return String(digits).padStart(count, "0");
      };
      const settings = { dispatcher: agent, clock: () => new Date(), randomDigits, deadlineMs, logger };
      provider = subject.create({
        ...settings,
        file: openProvidersFile(providers.providersFile, logger),
        callbackUrl: providers.callbackUrl,
        clientOf: (keys) => createSnapClient({ keys, ...settings }),
      });
      // The first call of both processes is their slowest; the deadline is for what comes after it.
      await provider.queryStatus(newPayment());
    }, 60_000);
    afterAll(async () => {
      await agent.destroy();
      await providers?.stop();
    });
    beforeEach(() => control.reset());

    test("a payment asked for twice is one charge, with the same instructions", async () => {
      const payment = newPayment();
      const first = await provider.requestPayment(payment);
      expect(first).toMatchObject({ kind: "requested", instructions: expect.anything() });
      expect(await provider.requestPayment(payment)).toEqual(first);
    });

    test("the status of a payment is not found before it is asked for, pending after, paid in full once paid", async () => {
      expect(await provider.queryStatus(newPayment())).toEqual({ kind: "not-found" });
      expect(await provider.queryStatus(await asked())).toEqual({ kind: "pending", isMoving: false });
      const moving = await asked();
      await control.post("move", { partnerReferenceNo: moving.id, to: "paying" });
      expect(await provider.queryStatus(moving)).toMatchObject({ kind: "pending" });
      expect(await provider.queryStatus(await paid())).toMatchObject({
        kind: "paid",
        amount: price,
        providerReference: expect.any(String),
        paidAt: expect.any(Date),
      });
    });

    test("a payment of another sum says which sum", async () => {
      const payment = await asked();
      await control.post("pay", {
        partnerReferenceNo: payment.id,
        amount: "100.00",
        silent: true,
        skipInquiry: true,
      });
      expect(await provider.queryStatus(payment)).toMatchObject({
        kind: "paid",
        amount: { amountMinor: 10_000n, currency: "IDR" },
      });
    });

    test("a payment that is paid is not asked for again: what became of it is for a status query", async () => {
      expect((await provider.requestPayment(await paid())).kind).toBe("unknown");
    });

    test("a charge is cancelled once and for all; there being none is as good; a paid one is said to be paid", async () => {
      const payment = await asked();
      expect((await provider.cancel(payment)).kind).toBe("done");
      expect((await provider.cancel(payment)).kind).toBe("done");
      const report = await control.post("pay", { partnerReferenceNo: payment.id, silent: true, skipInquiry: true });
      expect(report.outcome).toBe("refused");
      expect((await provider.cancel(newPayment())).kind).toBe("done");
      expect((await provider.cancel(await paid())).kind).toBe("paid");
    });

    test("money is sent back once per reference, however often and with whatever sum it is asked", async () => {
      const payment = await paid();
      const reference = newId();
      const first = await provider.refund(payment, reference, price);
      if (subject.refund === null) {
        expect(first.kind).toBe("refused");
        return;
      }
      expect(first).toMatchObject({ kind: "done", providerReference: expect.any(String) });
      expect((await provider.refund(payment, reference, price)).kind).toBe("done");
      expect((await provider.refund(payment, reference, { ...price, amountMinor: 100n })).kind).toBe("done");
      expect((await provider.refund(payment, newId(), price)).kind).toBe("refused");
      expect((await provider.refund(newPayment(), newId(), price)).kind).toBe("refused");
      expect(await control.charge(payment.id)).toMatchObject({ amountRefunded: "149000.00", status: "refunded" });
    });

    test("money is sent back in parts, each under its own reference, and never more than was paid", async () => {
      if (subject.refund === null) return;
      const payment = await paid();
      const part = { ...price, amountMinor: 6_000_000n };
      expect((await provider.refund(payment, newId(), part)).kind).toBe("done");
      expect((await provider.refund(payment, newId(), part)).kind).toBe("done");
      expect((await provider.refund(payment, newId(), part)).kind).toBe("refused");
      expect((await provider.refund(payment, newId(), { ...price, amountMinor: 2_900_000n })).kind).toBe("done");
      expect(await control.charge(payment.id)).toMatchObject({ amountRefunded: "149000.00", status: "refunded" });
    });

    const operations = [
      { ...subject.request, call: (payment: Payment) => provider.requestPayment(payment) },
      { ...subject.status, call: (payment: Payment) => provider.queryStatus(payment) },
      { ...subject.cancel, call: (payment: Payment) => provider.cancel(payment) },
      ...(subject.refund === null
        ? []
        : [{ ...subject.refund, call: (payment: Payment) => provider.refund(payment, newId(), price) }]),
    ];

    describe.each(operations)("the answers to $name", ({ name, service, codes, expected, call }) => {
      const answered = async (code: string): Promise<string> => {
        const responseCode = service === null ? code : `${code.slice(0, 3)}${service}${code.slice(3)}`;
        await control.reset();
        // Twice, because a token that is refused is fetched anew once.
        await control.behave({ operation: name, behaviour: "refuse", responseCode, times: 2 });
        return (await call(newPayment())).kind;
      };
      // Without the fields that go with it, neither a success nor a repetition of one says what became of the request.
      const bare = ["requested", "succeeded", "known"];
      const every = service === null ? processorCodes : snapCodes;
      const listed = Object.entries(expected).map(([code, meaning]) => ({ code, meaning }));

      test.each(listed)("$code means $meaning", async ({ code, meaning }) => {
        expect(await answered(code)).toBe(bare.includes(meaning) ? "unknown" : meaning);
        expect(codes[code]).toBe(meaning);
      });

      test("a code that has no meaning here is unknown, never failed", async () => {
        for (const code of every.filter((candidate) => expected[candidate] === undefined)) {
          expect([code, await answered(code)]).toEqual([code, "unknown"]);
        }
      });

      test("no other code has a meaning", () => {
        expect(codes).toEqual(expected);
      });

      test.each([
        ["silence", { behaviour: "silent" }],
        ["a dropped connection", { behaviour: "drop" }],
        ["an answer after the deadline", { behaviour: "late", delayMs: 1_500 }],
        ["a request in progress", { behaviour: "in-progress" }],
      ])("%s is unknown", async (_what, behaviour) => {
        await control.behave({ operation: name, ...behaviour });
        expect((await call(newPayment())).kind).toBe("unknown");
      });
    });

    if (subject.request.service === null) return;
    test("a status means what the standard says; no other has a meaning", () => {
      expect(transactionStatusMeanings).toEqual(chargeStateMeanings);
    });

    test("a token that the provider revoked is fetched anew without the caller noticing", async () => {
      await asked();
      await fetch(`${control.url}/control/revoke-tokens`, { method: "POST" });
      await asked();
    });
  });
}
