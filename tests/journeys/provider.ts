import type { Supergraph } from "../support/supergraph.ts";

/** A charge in a provider's own book. */
export interface BookedCharge {
  readonly reference: string;
  readonly partnerReferenceNo: string;
  readonly amount: string;
  readonly amountPaid: string;
  readonly amountRefunded: string;
  readonly status: string;
}

/** What the provider says of an attempt to pay: its outcome and each answer of the merchant. */
export interface PayReport {
  readonly outcome: "paid" | "returned" | "refused";
  readonly reason: string | null;
  readonly charge: BookedCharge;
  readonly answers: readonly { readonly status: number; readonly body: { readonly responseCode?: string } | null }[];
}

/** A sandbox provider, as its control API lets tests steer it. */
export interface SandboxProvider {
  readonly post: <Body>(path: string, body: unknown) => Promise<Body>;
  readonly pay: (paymentId: string, options?: Record<string, unknown>) => Promise<PayReport>;
  /** The behaviours that no call has taken yet. */
  readonly behavioursToCome: () => Promise<readonly unknown[]>;
  readonly chargeOf: (paymentId: string) => Promise<BookedCharge>;
}

/** Reaches a provider of a running supergraph. */
export function sandboxProvider(supergraph: Supergraph, name: "bank-cendana" | "kantong"): SandboxProvider {
  const base = name === "kantong" ? supergraph.urls.kantong : supergraph.urls.bankCendana;
  async function read<Body>(response: Response): Promise<Body> {
    const text = await response.text();
    if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Body;
  }
  const post = async <Body>(path: string, body: unknown): Promise<Body> =>
    read<Body>(
      await fetch(`${base}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  return {
    post,
    pay: (paymentId, options = {}) => post("/control/pay", { partnerReferenceNo: paymentId, ...options }),
    behavioursToCome: async () => read<readonly unknown[]>(await fetch(`${base}/control/behaviours`)),
    chargeOf: async (paymentId) => read<BookedCharge>(await fetch(`${base}/control/charges/${paymentId}`)),
  };
}
