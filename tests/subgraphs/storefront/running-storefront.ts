import { afterAll, beforeAll, expect } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import pg from "pg";
import { pino } from "pino";
import { newId } from "../../../platform/runtime/ids.ts";
import { type Storefront, type StreamTuning, startStorefront } from "../../../subgraphs/storefront/application.ts";
import type { StorefrontConfig } from "../../../subgraphs/storefront/config.ts";
import { createTestDatabase, type Rows, type TestDatabase } from "../../support/databases.ts";

/** Who asks: nobody signed in, or a subject with scopes. */
export interface Asker {
  readonly subject?: string;
  /** Space separated. */
  readonly scope: string;
}

/** Somebody who is not signed in, as the gateway vouches for them. */
export const anonymous: Asker = { scope: "storefront:browse" };

/** Somebody signed in who may engage and publish. */
export function member(subject: string): Asker {
  return { subject, scope: "storefront:browse storefront:engage storefront:publish" };
}

/** An answer of /graphql, as parsed. */
export interface Answer {
  readonly status: number;
  // The shape is the query's; tests read what they asked for.
  readonly data: Readonly<Record<string, Data>>;
  readonly errors: readonly { message: string; path?: unknown; extensions: { code: string; retryable: boolean } }[];
}

/** Any part of an answer, read by name; missing parts are undefined. */
export type Data = { readonly [name: string]: Data } & { readonly [index: number]: Data } & Iterable<Data>;

/** A storefront that listens on a free port over a database of its own, with keys of its own. */
export interface RunningStorefront {
  /** Asks and expects HTTP 200. */
  readonly ask: (document: string, asker?: Asker, variables?: object) => Promise<Answer>;
  /** Asks and expects no error; answers the data. */
  readonly read: (document: string, asker?: Asker, variables?: object) => Promise<Answer["data"]>;
  /** Sends a GraphQL request with any Authorization header; answers the status and the raw body. */
  readonly send: (authorization: string | undefined, body: object) => Promise<{ status: number; body: string }>;
  /** A token signed by the gateway's key; `claims` overrides what a good one says. */
  readonly token: (asker: Asker, claims?: { issuer?: string; audience?: string; lifetime?: string }) => Promise<string>;
  readonly address: string;
  /** Where events are taken, when the test gave it keys. */
  readonly eventsUrl: string;
  /** Another process's worth of the same storefront on the same database, closed by who opens it. */
  readonly startReplica: () => Promise<{ readonly address: string; readonly close: () => Promise<void> }>;
  /** How many SQL statements were sent so far. */
  readonly statements: () => Promise<number>;
  /** SQL as the superuser. */
  readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** The instant the storefront takes for now; null for the real one. */
  now: Date | null;
}

/** Starts a storefront for the tests of a file; ends it after the last. `databaseUrl` puts it on another database. */
export function useStorefront(
  options: {
    readonly rows?: Rows;
    readonly databaseUrl?: string;
    readonly eventKeysFile?: string;
    readonly tuning?: StreamTuning;
  } = {},
): RunningStorefront {
  let database: TestDatabase;
  let signingKey: CryptoKey;
  let storefront: Storefront;
  let startOne: () => Promise<Storefront>;
  let superuser: pg.Pool;
  const running: RunningStorefront = {
    now: null,
    get address() {
      return `http://127.0.0.1:${storefront.port}`;
    },
    get eventsUrl() {
      return `http://127.0.0.1:${storefront.eventsPort}/events/commerce`;
    },
    token: (asker, claims = {}) => {
      const token = new SignJWT({ scope: asker.scope })
        .setProtectedHeader({ alg: "EdDSA", kid: "gateway-1" })
        .setIssuer(claims.issuer ?? "etalase-gateway")
        .setAudience(claims.audience ?? "storefront")
        .setIssuedAt()
        .setExpirationTime(claims.lifetime ?? "5m");
      return (asker.subject === undefined ? token : token.setSubject(asker.subject)).sign(signingKey);
    },
    send: async (authorization, body) => {
      const response = await fetch(`${running.address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.text() };
    },
    ask: async (query, asker = anonymous, variables = {}) => {
      const { status, body } = await running.send(`Bearer ${await running.token(asker)}`, { query, variables });
      expect({ status, body: status === 200 ? "" : body }).toEqual({ status: 200, body: "" });
      return { status, data: {}, errors: [], ...JSON.parse(body) };
    },
    read: async (document, asker, variables) => {
      const { data, errors } = await running.ask(document, asker, variables);
      expect(errors).toEqual([]);
      return data;
    },
    statements: async () => {
      const metrics = await (await fetch(`${running.address}/metrics`)).text();
      return Number(/^db_statements_total\{.*\} (\d+)$/m.exec(metrics)?.[1]);
    },
    startReplica: async () => {
      const { port, close } = await startOne();
      return { address: `http://127.0.0.1:${port}`, close };
    },
    sql: async (text, values) => (await superuser.query(text, values)).rows,
  };
  beforeAll(async () => {
    database = await createTestDatabase("storefront", options.rows);
    const gateway = await generateKeyPair("EdDSA", { extractable: true });
    const attribution = await generateKeyPair("EdDSA", { extractable: true });
    signingKey = gateway.privateKey;
    superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
    const { x = "", d = "" } = await exportJWK(attribution.privateKey);
    const config: StorefrontConfig = {
      port: 0,
      databaseUrl: options.databaseUrl ?? database.urls.runtime,
      listenDatabaseUrl: options.databaseUrl ?? database.urls.runtime,
      databaseMaxConnections: 10,
      gatewayKeys: { keys: [{ ...(await exportJWK(gateway.publicKey)), kid: "gateway-1", alg: "EdDSA" }] },
      tokenIssuer: "etalase-gateway",
      attributionKey: { kty: "OKP", crv: "Ed25519", kid: "attribution-1", x, d },
      events: options.eventKeysFile === undefined ? null : { port: 0, keysFile: options.eventKeysFile },
    };
    startOne = () =>
      startStorefront(config, pino({ level: "silent" }), () => running.now ?? new Date(), options.tuning);
    storefront = await startOne();
  }, 90_000);
  afterAll(async () => {
    await storefront?.close();
    await superuser?.end();
    await database?.drop();
  });
  return running;
}

/** A creator in the database, without an owner. */
export async function addCreator(storefront: RunningStorefront, handle: string): Promise<string> {
  const id = newId();
  await storefront.sql(
    `INSERT INTO creator (id, handle, display_name, bio, avatar_url, joined_at)
     VALUES ($1, $2, 'Someone', '', 'https://media.etalase.example/a.webp', now())`,
    [id, handle],
  );
  return id;
}

/** A creator profile opened by a subject; answers its id. */
export async function register(storefront: RunningStorefront, subject: string, handle: string): Promise<string> {
  const document = `mutation($handle: String!) { registerCreator(input: { handle: $handle, displayName: "Someone" }) {
    ... on RegisterCreatorSuccess { creator { id } } } }`;
  const data = await storefront.read(document, member(subject), { handle });
  return String(data.registerCreator?.creator?.id);
}

/** What publishVideo needs, complete and within all bounds; `changes` replaces parts. */
export function draft(changes: object = {}): object {
  return {
    title: "A title",
    caption: "A caption",
    media: {
      url: "https://media.etalase.example/v.mp4",
      mimeType: "video/mp4",
      posterUrl: "https://media.etalase.example/p.webp",
      widthPx: 1080,
      heightPx: 1920,
    },
    durationSeconds: 30,
    productIds: [],
    idempotencyKey: newId(),
    ...changes,
  };
}

/** Publishes a video for a subject who has a profile; answers its id. */
export async function publish(storefront: RunningStorefront, subject: string, changes: object = {}): Promise<string> {
  const document = `mutation($input: PublishVideoInput!) { publishVideo(input: $input) {
    __typename ... on PublishVideoSuccess { video { id } } } }`;
  const data = await storefront.read(document, member(subject), { input: draft(changes) });
  expect(data.publishVideo?.__typename).toBe("PublishVideoSuccess");
  return String(data.publishVideo?.video?.id);
}
