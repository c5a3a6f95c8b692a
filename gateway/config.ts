import { z } from "zod";
import { engineNames } from "./engines/registry.ts";

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
});

const limits = z.strictObject({
  requestBytes: bytes.default(1_048_576),
  /** From the first byte of a request to its last. */
  requestTimeoutMs: milliseconds.default(30_000),
  /** Lexical tokens of a document. */
  documentTokens: z.int().min(100).max(1_000_000).default(30_000),
  /** Operations that one request may carry as a list; 1 refuses lists. */
  operationsPerRequest: z.int().min(1).max(100).default(1),
  /** Root fields of an operation, fragments expanded. */
  rootFields: z.int().min(1).max(10_000).default(50),
  subgraphResponseBytes: bytes.default(33_554_432),
  subgraphTimeoutMs: milliseconds.default(30_000),
  connectionsPerSubgraph: z.int().min(1).max(10_000).default(256),
});

const studio = "https://studio.apollographql.com";

/** Shape of the gateway's configuration file; every key but `supergraph` can be left out. */
export const gatewayConfigShape = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(4000),
  supergraph: z.string({ error: "is missing; name the supergraph file here or with --supergraph" }).min(1),
  engine: z.enum(engineNames).default("etalase"),
  /** What answers /graphql: our own door, or Apollo Server; `direct` unless the engine needs Apollo Server. */
  door: z.enum(["direct", "apollo"]).optional(),
  planner: z.enum(["native", "apollo"]).default("native"),
  subgraphs: z.record(z.string(), subgraph).default({}),
  identity: identity.optional(),
  organisationTokens: organisationTokens.optional(),
  explorer: z.strictObject({ presetFile: z.string().min(1).optional() }).default({}),
  /** Progressive overrides: labels that clients may switch on by a header, and a file that is read when it changes. */
  labels: z.strictObject({ header: z.string().min(1).optional(), file: z.string().min(1).optional() }).default({}),
  /** Whether identical subgraph queries of one caller that are under way at the same time are sent once. */
  deduplicate: z.boolean().default(true),
  /** Whether identical queries of one client that are under way at the same time are answered once. */
  deduplicateAnswers: z.boolean().default(false),
  introspection: z.boolean().default(true),
  cors: z.strictObject({ origins: z.array(origin).default([studio]) }).default({ origins: [studio] }),
  errors: z.strictObject({ passedCodes: z.array(z.string().min(1)).default([]) }).default({ passedCodes: [] }),
  limits: limits.default(limits.parse({})),
});

/** The gateway's configuration, with every default filled in. Relative paths are relative to the working directory. */
export type GatewayConfig = z.infer<typeof gatewayConfigShape>;
