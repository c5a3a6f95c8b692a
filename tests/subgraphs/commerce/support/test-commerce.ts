/**
 * Commerce's API in this process, on a database of its own, with a provider that answers as the test says.
 *
 *     const commerce = useCommerce();
 *     test("...", async () => { const { data } = await commerce().client("buyer-1").send(document, variables); });
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import type { StateSettings } from "../../../../platform/runtime/streams/state-streams.ts";
import type { StreamSettings } from "../../../../platform/runtime/subgraph-server.ts";
import { createCommerceApi } from "../../../../subgraphs/commerce/api.ts";
import { createAttributionTokens } from "../../../../subgraphs/commerce/connectors/attribution/attribution-tokens.ts";
import { createPaymentRequests } from "../../../../subgraphs/commerce/domain/actions/request-payment.ts";
import type { Payment, PaymentMethod } from "../../../../subgraphs/commerce/domain/payment.ts";
import type { PaymentProvider, RequestOutcome } from "../../../../subgraphs/commerce/domain/ports.ts";
import type { Courier } from "../../../../subgraphs/commerce/domain/shipping/courier.ts";
import { type CommerceParts, openParts } from "../../../../subgraphs/commerce/parts.ts";
import { createNotificationInbox } from "../../../../subgraphs/commerce/store/notification-inbox.ts";
import { type TestDatabase, useDatabase } from "../../../support/databases.ts";
import { type GraphqlClient, graphqlClient } from "../../../support/graphql-client.ts";

/** What an attribution token says, but for who issued it, for whom and until when. */
export interface Click {
  readonly cid: string;
  readonly ctp: "video" | "live";
  readonly crt: string;
  readonly prd: string;
}

/** Commerce under test. */
export interface TestCommerce {
  readonly parts: CommerceParts;
  /** Where it listens, without a path. */
  readonly address: string;
  readonly database: TestDatabase;
  /** An organisation token; without a buyer, that of an anonymous caller. */
  readonly token: (
    buyer?: string,
    options?: { readonly scope?: string; readonly lifetime?: string },
  ) => Promise<string>;
  /** Another API process's worth of the same commerce on the same database, closed by who opens it. */
  readonly startReplica: () => Promise<Replica>;
  /** A client with a buyer's organisation token; without a name, that of an anonymous caller. */
  readonly client: (buyer?: string, scope?: string) => Promise<GraphqlClient>;
  readonly attributionToken: (click: Click, changes?: { readonly expiresIn?: string }) => Promise<string>;
  /** Ids of the payments that the provider was asked for. */
  readonly asked: string[];
  /** What the provider answers from now on. */
  readonly answer: (outcome: (payment: Payment) => Promise<RequestOutcome>) => void;
  /** How many SQL statements were sent so far. */
  readonly statements: () => Promise<number>;
}

/** One API of commerce. */
export interface Replica {
  readonly parts: CommerceParts;
  /** Where it listens, without a path. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** The way to pay that the test's provider serves. */
export const testMethod: PaymentMethod = {
  id: "bank-uji.virtual-account",
  kind: "VIRTUAL_ACCOUNT",
  provider: "bank-uji",
  providerName: "Bank Uji",
};

/** The account number a payment gets: digits of its id, so that it is its own. */
export function accountNumberOf(paymentId: string): string {
  return BigInt(`0x${paymentId.replaceAll("-", "").slice(-16)}`).toString();
}

async function requested(payment: Payment): Promise<RequestOutcome> {
  const virtualAccountNo = accountNumberOf(payment.id);
  return {
    kind: "requested",
    instructions: { kind: "VIRTUAL_ACCOUNT", bankName: "Bank Uji", virtualAccountNo },
    providerReference: null,
    virtualAccountNo,
  };
}

/** What a test may choose. */
export interface CommerceOptions {
  /** Where commerce believes its database to be; a database of its own unless told otherwise. */
  readonly databaseUrl?: string;
  /** Leads commerce to its database by another way. */
  readonly detour?: (databaseUrl: string) => string;
  /** Who carries; nobody unless told otherwise. Looked at whenever couriers are asked. */
  readonly couriers?: readonly Courier[];
  readonly streams?: Partial<StreamSettings>;
  readonly states?: Partial<StateSettings>;
}

async function start(
  database: TestDatabase,
  options: CommerceOptions,
): Promise<TestCommerce & { readonly close: () => Promise<void> }> {
  const gateway = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const storefront = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const asked: string[] = [];
  let outcome = requested;
  const provider: PaymentProvider = {
    id: testMethod.provider,
    methods: [testMethod],
    requestPayment: (payment) => {
      asked.push(payment.id);
      return outcome(payment);
    },
    queryStatus: async () => ({ kind: "pending", isMoving: false }),
    cancel: async () => ({ kind: "done", providerReference: null }),
    canRefund: () => true,
    refund: async () => ({ kind: "done", providerReference: null }),
  };
  const logger = pino({ name: "commerce-test", level: process.env.LOG_LEVEL ?? "fatal" });
  const gatewayKeys = { keys: [{ ...(await exportJWK(gateway.publicKey)), kid: "gateway-1" }] };
  const attributionKeys = { keys: [{ ...(await exportJWK(storefront.publicKey)), kid: "storefront-1" }] };

  async function startReplica(): Promise<Replica> {
    const { databaseUrl: url = database.urls.runtime, detour, couriers = [], streams = {}, states = {} } = options;
    const databaseUrl = detour === undefined ? url : detour(url);
    const parts = openParts({ service: "commerce", databaseUrl, databaseMaxConnections: 12, states }, logger);
    const paymentRequests = createPaymentRequests({
      transactions: parts.store.transactions,
      inbox: createNotificationInbox(),
      work: parts.work,
      providerOf: () => provider,
      clock: parts.clock,
    });
    const server = await createCommerceApi(
      parts,
      { methods: provider.methods, requests: paymentRequests },
      {
        gatewayKeys,
        attributionTokens: createAttributionTokens(attributionKeys, parts.clock),
        tokenIssuer: "etalase-gateway",
        paymentTtlSeconds: 900,
        autoCompleteSeconds: 3_600,
        couriers,
        callbackPublicUrl: "http://127.0.0.1:4003",
        streams,
      },
    );
    const address = `http://127.0.0.1:${await server.listen(0)}`;
    async function close(): Promise<void> {
      await server.close();
      await parts.close();
    }
    return { parts, address, close };
  }

  const { parts, address, close } = await startReplica();
  const url = `${address}/graphql`;

  const mint: TestCommerce["token"] = (
    buyer,
    { scope = buyer === undefined ? "" : "commerce:buy", lifetime = "300s" } = {},
  ) => {
    const token = new SignJWT({ scope: `commerce:browse ${scope}`.trim() })
      .setProtectedHeader({ alg: "EdDSA", kid: "gateway-1" })
      .setIssuer("etalase-gateway")
      .setAudience("commerce")
      .setIssuedAt()
      .setExpirationTime(lifetime);
    return (buyer === undefined ? token : token.setSubject(buyer)).sign(gateway.privateKey);
  };

  async function client(buyer?: string, scope?: string): Promise<GraphqlClient> {
    return graphqlClient(url, await mint(buyer, scope === undefined ? {} : { scope }));
  }
  const attributionToken: TestCommerce["attributionToken"] = (click, { expiresIn = "7d" } = {}) =>
    new SignJWT({ ...click })
      .setProtectedHeader({ alg: "EdDSA", kid: "storefront-1", typ: "etalase-attribution+jwt" })
      .setIssuer("storefront")
      .setAudience("commerce")
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(storefront.privateKey);
  async function statements(): Promise<number> {
    const metric = await parts.metrics.getSingleMetric("db_statements_total")?.get();
    return metric?.values[0]?.value ?? 0;
  }
  return {
    parts,
    address,
    database,
    token: mint,
    startReplica,
    client,
    attributionToken,
    asked,
    answer: (next) => {
      outcome = next;
    },
    statements,
    close,
  };
}

/** Gives the tests of a file commerce's API on a database with the small seed. */
export function useCommerce(options: CommerceOptions = {}): () => TestCommerce {
  const database = useDatabase("commerce");
  let commerce: (TestCommerce & { readonly close: () => Promise<void> }) | undefined;
  beforeAll(async () => {
    commerce = await start(database, options);
  });
  afterAll(async () => {
    await commerce?.close();
  });
  return () => {
    if (commerce === undefined) throw new Error("commerce exists only inside tests and hooks");
    return commerce;
  };
}

/** A key for one request. */
export function newKey(): string {
  return randomUUID();
}
