import { z } from "zod";
import { engineNames } from "./engines/registry.ts";
import { isAddressRange } from "./http/client-address.ts";

const milliseconds = z.int().min(1).max(600_000);
const bytes = z.int().min(1_024).max(1_073_741_824);
const httpUrl = z.url({ protocol: /^https?$/ });
const origin = z.union([
  z.literal("*"),
  httpUrl.refine((url) => URL.canParse(url) && new URL(url).origin === url, {
    error: "must be an origin (scheme, host and port, no path), as https://studio.apollographql.com",
  }),
]);

// Symmetric algorithms and `none` are not to be had: whoever could verify such a token could forge one.
const algorithm = z.enum(["EdDSA", "Ed25519", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]);

const issuer = z.strictObject({
  issuer: z.string().min(1),
  jwksUrl: httpUrl,
  audience: z.string().min(1),
  algorithms: z.array(algorithm).min(1).default(["EdDSA", "RS256"]),
});

const identity = z.strictObject({
  issuers: z.array(issuer).min(1),
  clockToleranceSeconds: z.int().min(0).max(60).default(5),
  jwksCacheSeconds: z.int().min(1).max(86_400).default(600),
  jwksCooldownSeconds: z.int().min(1).max(3_600).default(30),
  jwksTimeoutMs: milliseconds.default(3_000),
  /** How long a verified token is believed without verifying it again. */
  verifiedSeconds: z.int().min(0).max(600).default(60),
});

const organisationTokens = z.strictObject({
  issuer: z.string().min(1).default("etalase-gateway"),
  keyFile: z.string().min(1),
  pairwiseSecretFile: z.string().min(1),
  lifetimeSeconds: z.int().min(60).max(3_600).default(300),
});

const subgraph = z.strictObject({
  url: httpUrl.optional(),
  /** Audience of its tokens; the subgraph's own name when absent. */
  organisation: z.string().min(1).optional(),
  timeoutMs: milliseconds.optional(),
  responseBytes: bytes.optional(),
  /** For queries, and mutations with an idempotency key: retries saved up for each request, and how many can be. */
  retry: z
    .strictObject({
      retriesPerRequest: z.number().min(0).max(1).default(0.1),
      savedRetries: z.number().min(0).max(1_000).default(10),
      pauseMs: milliseconds.default(25),
    })
    .optional(),
  /** Failures in a row after which the subgraph is left alone, and for how long. */
  breaker: z
    .strictObject({ failures: z.int().min(1).max(10_000).default(20), openMs: milliseconds.default(2_000) })
    .optional(),
  /** How it is asked for streams; by SSE at its own address when absent. */
  subscriptions: z
    .strictObject({
      protocol: z.enum(["sse", "websocket"]).default("sse"),
      /** The subgraph's own address when absent, with ws for http. */
      url: z.url({ protocol: /^(https?|wss?)$/ }).optional(),
    })
    .optional(),
});

const count = z.int().min(1).max(1_000_000);

const liveField = z.strictObject({
  /**
   * `state`: each event is the whole state and the first one the state now, so events may be left out and streams shared.
   * `events`: each event counts.
   */
  kind: z.enum(["state", "events"]),
  /** What happens to a client that reads too slowly; `drop-oldest` for a state, `close` for events, when absent. */
  slowClient: z.enum(["drop-oldest", "close"]).optional(),
  /** Whether callers whom the organisation cannot tell apart share one stream. */
  isShared: z.boolean().default(true),
  /** Whether the organisation is told how many clients a shared stream stands for, by the request's `extensions`. */
  countsMembers: z.boolean().default(false),
});

const subscriptions = z.strictObject({
  /** By the name of the subscription's field. One that is not named counts as `events` and is not shared. */
  fields: z.record(z.string(), liveField).default({}),
  /** Events that wait for one client. */
  bufferedEvents: z.int().min(1).max(10_000).default(32),
  /** Of what waits for one client. */
  bufferedBytes: bytes.default(4_194_304),
  eventBytes: bytes.default(1_048_576),
  /** Of one subgraph's stream; one that sends more is begun anew. */
  eventsPerSecond: z.int().min(1).max(100_000).default(500),
  heartbeatMs: milliseconds.default(12_000),
  /** How long a client may take to read what was written to it. */
  slowClientMs: milliseconds.default(30_000),
  streams: count.default(20_000),
  streamsPerConnection: count.default(100),
  /** Of one signed-in user, over all connections. Half of what a subgraph of this house serves one caller. */
  streamsPerIdentity: count.default(64),
  /** Of one network address, for those who are not signed in. */
  streamsPerAddress: count.default(2_000),
  /** WebSocket connections. */
  connections: count.default(20_000),
  connectionsPerAddress: count.default(2_000),
  connectionsPerIdentity: count.default(32),
  /** Part of all streams and of all connections that only signed-in users may take. */
  shareForUsers: z.number().min(0).max(1).default(0.25),
  /** Of one WebSocket, on average; each 4 kB of one count as one more. */
  messagesPerSecond: count.default(100),
  /** Without a byte from a subgraph for so long, its stream counts as lost. */
  silenceMs: milliseconds.default(60_000),
  /** How long a lost stream of a subgraph is begun again before its clients are told that it ended. */
  resumeWithinMs: milliseconds.default(60_000),
  /** Over how long streams are ended when the gateway stops, so that their clients do not all come back at once. */
  drainMs: z.int().min(0).max(600_000).default(5_000),
});

const limits = z.strictObject({
  requestBytes: bytes.default(1_048_576),
  /** From the first byte of a request to its last. */
  requestTimeoutMs: milliseconds.default(30_000),
  /** Lexical tokens of a document. */
  documentTokens: z.int().min(100).max(1_000_000).default(15_000),
  /** Operations that one request may carry as a list; 1 refuses lists. */
  operationsPerRequest: z.int().min(1).max(100).default(1),
  /** Root fields of an operation, fragments expanded. */
  rootFields: z.int().min(1).max(10_000).default(50),
  subgraphResponseBytes: bytes.default(33_554_432),
  subgraphTimeoutMs: milliseconds.default(30_000),
  connectionsPerSubgraph: z.int().min(1).max(10_000).default(256),
});

/** Where the supergraph comes from when it is not a file, and where the last good one is kept. */
const supergraphSource = z.strictObject({
  /** Between two questions to an address. */
  pollMs: milliseconds.default(10_000),
  timeoutMs: milliseconds.default(10_000),
  responseBytes: bytes.default(33_554_432),
  /** JSON object of headers for an address, as `{ "authorization": "Bearer ..." }`. */
  headersFile: z.string().min(1).optional(),
  /** Unless given: below `.etalase/gateway` for an address and Uplink, none for a file. */
  lastGoodFile: z.string().min(1).optional(),
  uplink: z
    .strictObject({
      /** Holds the graph's API key alone. */
      keyFile: z.string().min(1),
      endpoints: z.array(httpUrl).min(1).optional(),
    })
    .optional(),
});

const labelService = z.strictObject({
  url: httpUrl,
  timeoutMs: milliseconds.default(200),
  /** How long an assignment is believed without asking again. */
  cacheSeconds: z.int().min(1).max(86_400).default(30),
  /** How long the last known assignment stands in while the service gives none. */
  staleSeconds: z.int().min(0).max(2_592_000).default(86_400),
  /** Labels that are on when the service gives no assignment and none is known. */
  otherwise: z.array(z.string().min(1)).default([]),
  /** At least 32 characters: the service knows a user by an id made with it. */
  pairwiseSecretFile: z.string().min(1),
  /** JSON object of headers for the service. */
  headersFile: z.string().min(1).optional(),
});

const labels = z.strictObject({
  /** Header in which a client may switch labels on. */
  header: z.string().min(1).optional(),
  /** Labels for all, and for a share of the users; read again when it changes. */
  file: z.string().min(1).optional(),
  service: labelService.optional(),
});

const explain = z.string().regex(/^(?:off|everybody|scope \S+)$/, {
  error: "must be off, everybody, or the scope that a user needs, as: scope gateway:explain",
});

const studio = "https://studio.apollographql.com";

/** Shape of the gateway's configuration file; every key but `supergraph` can be left out. */
export const gatewayConfigShape = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(4000),
  /** A file, an http(s) address, or `uplink:GRAPH@VARIANT`. */
  supergraph: z.string({ error: "is missing; name the supergraph file here or with --supergraph" }).min(1),
  supergraphSource: supergraphSource.default(supergraphSource.parse({})),
  engine: z.enum(engineNames).default("etalase"),
  /** What answers /graphql: our own door, or Apollo Server; `direct` unless the engine needs Apollo Server. */
  door: z.enum(["direct", "apollo"]).optional(),
  planner: z.enum(["native", "apollo"]).default("native"),
  subgraphs: z.record(z.string(), subgraph).default({}),
  /** Proxies whose X-Forwarded-For is believed, by address or range. */
  trustedProxies: z
    .array(z.string().refine(isAddressRange, { error: "must be an address or a range of them, as 10.0.0.0/8" }))
    .default([]),
  identity: identity.optional(),
  organisationTokens: organisationTokens.optional(),
  explorer: z.strictObject({ presetFile: z.string().min(1).optional() }).default({}),
  /** Progressive overrides: who decides which labels are on for a request. */
  labels: labels.default({}),
  /** Whether identical subgraph queries of one caller that are under way at the same time are sent once. */
  deduplicate: z.boolean().default(true),
  /** Whether identical queries of one client that are under way at the same time are answered once. */
  deduplicateAnswers: z.boolean().default(false),
  introspection: z.boolean().default(true),
  subscriptions: subscriptions.default(subscriptions.parse({})),
  /** Who is told plans and ownership on request: `off`, `everybody`, or `scope NAME`. */
  explain: explain.default("off"),
  cors: z.strictObject({ origins: z.array(origin).default([studio]) }).default({ origins: [studio] }),
  errors: z.strictObject({ passedCodes: z.array(z.string().min(1)).default([]) }).default({ passedCodes: [] }),
  limits: limits.default(limits.parse({})),
});

/** The gateway's configuration, with every default filled in. Relative paths are relative to the working directory. */
export type GatewayConfig = z.infer<typeof gatewayConfigShape>;
