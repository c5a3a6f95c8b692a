import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Agent } from "undici";
import { newId } from "../../platform/runtime/ids.ts";
import { type ProviderSettings, readProvidersFile } from "../../subgraphs/commerce/connectors/providers-file.ts";
import { createSnapClient, type SnapClient } from "../../subgraphs/commerce/connectors/snap/client.ts";
import type { CodeTable } from "../../subgraphs/commerce/connectors/snap/meanings.ts";
import type { Payment } from "../../subgraphs/commerce/domain/payment.ts";
import type { PaymentProvider } from "../../subgraphs/commerce/domain/ports.ts";
import {
  type ProviderControl,
  type ProviderProcesses,
  startProviders,
} from "../subgraphs/commerce/payments/provider-processes.ts";

/** An operation as the sandbox names it, its service code and the connector's table of codes. */
interface ContractOperation {
  readonly name: string;
  readonly service: string;
  readonly codes: CodeTable<string>;
}

/** What a connector under contract brings. */
export interface ContractSubject {
  readonly methodId: string;
  readonly providerName: string;
  readonly create: (settings: ProviderSettings, client: SnapClient, callbackUrl: string) => PaymentProvider;
  readonly controlOf: (providers: ProviderProcesses) => ProviderControl;
  readonly request: ContractOperation;
  readonly status: ContractOperation;
  readonly cancel: ContractOperation;
  /** Null when the provider cannot send money of this method back. */
  readonly refund: ContractOperation | null;
}

const price = { amountMinor: 14_900_000n, currency: "IDR" };
const unlisted = ["20200", "40100", "42900", "50000", "50001", "50002", "50400", "40399", "41800"];

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
      providers = await startProviders();
      control = subject.controlOf(providers);
      const settings = readProvidersFile(providers.providersFile).get(subject.providerName);
      if (settings === undefined) throw new Error(`${subject.providerName} is not in the file`);
      let digits = 0;
      const client = createSnapClient({
        party: settings.party,
        dispatcher: agent,
        clock: () => new Date(),
        randomDigits: (count) => {
          digits += 1;
          return String(digits).padStart(count, "0");
        },
        deadlineMs: 700,
        logger: pino({ level: "silent" }),
      });
      provider = subject.create(settings, client, providers.callbackUrl);
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

    const operations = [
      { ...subject.request, call: (payment: Payment) => provider.requestPayment(payment) },
      { ...subject.status, call: (payment: Payment) => provider.queryStatus(payment) },
      { ...subject.cancel, call: (payment: Payment) => provider.cancel(payment) },
      ...(subject.refund === null
        ? []
        : [{ ...subject.refund, call: (payment: Payment) => provider.refund(payment, newId(), price) }]),
    ];

    describe.each(operations)("the answers to $name", ({ name, service, codes, call }) => {
      const answered = async (code: string): Promise<string> => {
        const responseCode = `${code.slice(0, 3)}${service}${code.slice(3)}`;
        await control.behave({ operation: name, behaviour: "refuse", responseCode });
        return (await call(newPayment())).kind;
      };

      test("a code that the connector's table lists has the meaning it lists", async () => {
        for (const [code, meaning] of Object.entries(codes).filter(([listed]) => listed !== "20000")) {
          // A request that succeeded earlier has no instructions: a status query tells what became of it.
          expect([code, await answered(code)]).toEqual([code, meaning === "succeeded" ? "unknown" : meaning]);
        }
      });

      test("a code that it does not list is unknown, never failed", async () => {
        for (const code of unlisted.filter((candidate) => codes[candidate] === undefined)) {
          expect([code, await answered(code)]).toEqual([code, "unknown"]);
        }
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

    test("a token that the provider revoked is fetched anew without the caller noticing", async () => {
      await asked();
      await fetch(`${control.url}/control/revoke-tokens`, { method: "POST" });
      await asked();
    });
  });
}
