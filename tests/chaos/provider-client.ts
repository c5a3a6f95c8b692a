import { setTimeout as sleep } from "node:timers/promises";
import { fromDecimal } from "../../platform/values/money.ts";
import type { ChargeFact } from "./check.ts";
import type { ProviderName, World } from "./world.ts";

/** What somebody pays with came of it: the provider's own word. */
export type PayOutcome = "paid" | "returned" | "refused" | "no-charge";

interface BookView {
  readonly charges: readonly {
    readonly reference: string;
    readonly partnerReferenceNo: string;
    readonly status: string;
    readonly amountRefunded: string;
    readonly payments: readonly { readonly amount: string; readonly returned: boolean }[];
  }[];
  readonly notifications: readonly {
    readonly state: string;
    readonly answers: readonly { readonly httpStatus: number | null }[];
  }[];
}

/** The hand inside the providers: their control API. */
export interface ProviderClient {
  /** Pays a charge, as soon as the provider has it; tries at most so long. */
  readonly pay: (methodId: string, paymentId: string, options: object, withinMs: number) => Promise<PayOutcome>;
  /** Says something to commerce, or has the provider behave in some way; a provider that is down says and does nothing. */
  readonly post: (provider: string, path: string, body: object) => Promise<void>;
  readonly forget: (provider: string) => Promise<void>;
  /** What the providers' own books say, and how many messages they still owe that nobody has answered. */
  readonly books: () => Promise<{ readonly charges: ChargeFact[]; readonly owed: number }>;
}

/** The provider that serves a way to pay. */
export function providerOf(methodId: string): ProviderName {
  return methodId.split(".")[0] as ProviderName;
}

function chargesOf(provider: string, { charges }: BookView): ChargeFact[] {
  return charges.map(({ partnerReferenceNo, reference, payments, amountRefunded, status }) => ({
    provider,
    reference,
    paymentId: partnerReferenceNo,
    status,
    takenMinor: payments.filter(({ returned }) => !returned).map(({ amount }) => fromDecimal(amount)),
    refundedMinor: fromDecimal(amountRefunded),
  }));
}

/** Opens the control APIs of the providers. */
export function openProviderClient(world: World, names: readonly ProviderName[]): ProviderClient {
  async function send(provider: string, path: string, body: object | null, method = "POST"): Promise<Response> {
    return fetch(`${world.provider(provider as ProviderName).url}/control/${path}`, {
      method,
      ...(body === null ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  }
  const ignoring = async (work: Promise<Response>): Promise<void> => {
    await work.then((response) => response.body?.cancel()).catch(() => undefined);
  };
  async function isTaken(methodId: string, paymentId: string): Promise<boolean> {
    const response = await send(providerOf(methodId), `charges/${paymentId}`, null, "GET");
    const { payments = [] } = (await response.json()) as Partial<BookView["charges"][number]>;
    return payments.some(({ returned }) => !returned);
  }
  return {
    pay: async (methodId, paymentId, options, withinMs) => {
      let last: PayOutcome = "no-charge";
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(250)) {
        try {
          // By force it would take the money of one charge twice: it may have been taken although nobody heard of it.
          if (await isTaken(methodId, paymentId)) return "paid";
          const response = await send(providerOf(methodId), "pay", { partnerReferenceNo: paymentId, ...options });
          const report = (await response.json()) as { outcome?: PayOutcome };
          if (!response.ok) continue;
          last = report.outcome ?? last;
          // Refused, as when commerce did not answer the bank's question: the payer tries again.
          if (last !== "refused") return last;
        } catch {
          // The provider was killed; whether it has taken the money stands in its book, which refuses to take it twice.
        }
      }
      return last;
    },
    post: (provider, path, body) => ignoring(send(provider, path, body)),
    forget: (provider) => ignoring(send(provider, "behaviours", null, "DELETE")),
    books: async () => {
      const views = await Promise.all(
        names.map(async (name) => ({ name, view: (await (await send(name, "book", null, "GET")).json()) as BookView })),
      );
      return {
        charges: views.flatMap(({ name, view }) => chargesOf(name, view)),
        // A message of another sum is refused each time and told again for hours: it was answered all the same.
        owed: views
          .flatMap(({ view }) => view.notifications)
          .filter(({ state, answers }) => state === "owed" && (answers.at(-1)?.httpStatus ?? 500) >= 500).length,
      };
    },
  };
}
