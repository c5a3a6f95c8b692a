import { setTimeout as sleep } from "node:timers/promises";
import { importJWK, SignJWT } from "jose";
import type { SigningJwk } from "../../launcher/key-material.ts";
import { type Chance, pick } from "./chance.ts";
import type { Diary } from "./progress.ts";

/** What a mutation answered: a member of its result union. */
export type Payload = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** Asks commerce as one buyer after another. */
export interface ShopClient {
  /**
   * Sends a mutation until it is answered, always the same, whichever process dies meanwhile. Null when nobody has answered
   * in all the time.
   */
  readonly ask: (buyerId: string, operation: keyof typeof documents, input: object) => Promise<Payload | null>;
}

const refusal = "... on UserError { code message }";

const documents = {
  addToCart: `mutation ($input: AddToCartInput!) { addToCart(input: $input) { __typename ${refusal}
    ... on AddToCartSuccess { cart { version } } } }`,
  checkout: `mutation ($input: CheckoutInput!) { checkout(input: $input) { __typename ${refusal}
    ... on CheckoutSuccess { orders { id status } payment { id status amount { amount } method { id } } } } }`,
  retryPayment: `mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { __typename ${refusal}
    ... on RetryPaymentSuccess { payment { id status amount { amount } method { id } } } } }`,
  cancelOrder: `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename ${refusal} } }`,
} as const;

const attemptMs = 12_000;
const patienceMs = 900_000;

interface Answered {
  readonly data?: Readonly<Record<string, Payload | null>> | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** Opens a client that speaks as the gateway does. `urls` are those of the processes that are ready. */
export async function openShopClient(
  key: SigningJwk,
  urls: () => readonly string[],
  diary: Diary,
  chance: Chance,
): Promise<ShopClient> {
  const signingKey = await importJWK({ ...key }, "EdDSA");
  const tokenOf = (buyerId: string): Promise<string> =>
    new SignJWT({ scope: "commerce:browse commerce:buy" })
      .setProtectedHeader({ alg: "EdDSA", kid: key.kid })
      .setIssuer("etalase-gateway")
      .setAudience("commerce")
      .setSubject(buyerId)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(signingKey);

  async function attempt(url: string, token: string, operation: keyof typeof documents, input: object) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: documents[operation], variables: { input } }),
      signal: AbortSignal.timeout(attemptMs),
    });
    const { data, errors = [] } = (await response.json()) as Answered;
    const codes = errors.map(({ extensions }) => extensions?.code ?? "none");
    if (codes.some((code) => code === "INTERNAL_SERVER_ERROR")) diary.write({ entry: "masked", operation });
    if (codes.some((code) => /^(GRAPHQL_|BAD_|UNAUTHENTICATED|FORBIDDEN)/.test(code))) {
      throw new TypeError(`${operation}: ${JSON.stringify(errors)}`);
    }
    return data?.[operation] ?? null;
  }

  return {
    ask: async (buyerId, operation, input) => {
      const token = await tokenOf(buyerId);
      for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(100 + chance() * 300)) {
        const ready = urls();
        if (ready.length === 0) continue;
        try {
          const payload = await attempt(pick(chance, ready), token, operation, input);
          if (payload !== null) return payload;
        } catch (error) {
          // A request that no server can take is a mistake of the storm's own; all else is what it is about.
          if (error instanceof TypeError && error.message.startsWith(operation)) throw error;
        }
      }
      return null;
    },
  };
}
