import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { CommitLostError } from "../../../platform/runtime/database-fault.ts";
import { createMetrics } from "../../../platform/runtime/metrics.ts";
import { createTokenVerifier, type OrganisationTokenVerifier } from "../../../platform/runtime/organisation-token.ts";
import type { SubgraphRequest } from "../../../platform/runtime/subgraph-request.ts";
import { createSubgraphServer, type SubgraphServer } from "../../../platform/runtime/subgraph-server.ts";
import { PageRequestError } from "../../../platform/values/page.ts";

let key: CryptoKey;
let tokens: OrganisationTokenVerifier;
let server: SubgraphServer | undefined;

interface Behaviour {
  readonly feed?: () => unknown;
  readonly isReady?: () => Promise<boolean>;
  readonly logged?: string[];
  readonly requestTimeoutMs?: number;
}

async function serve(behaviour: Behaviour): Promise<string> {
  server = await createSubgraphServer<SubgraphRequest>({
    organisation: "storefront",
    resolvers: { Query: { feed: behaviour.feed ?? (() => null), creator: behaviour.feed ?? (() => null) } },
    tokens,
    createContext: (request) => request,
    isReady: behaviour.isReady ?? (async () => true),
    logger: pino({ level: "error" }, { write: (line: string) => void behaviour.logged?.push(line) }),
    metrics: createMetrics("storefront"),
    ...(behaviour.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: behaviour.requestTimeoutMs }),
  });
  return `http://127.0.0.1:${await server.listen(0)}`;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

function mint(): Promise<string> {
  return new SignJWT({ scope: "storefront:browse" })
    .setProtectedHeader({ alg: "EdDSA", kid: "one" })
    .setAudience("storefront")
    .setIssuer("etalase-gateway")
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(key);
}

async function ask(url: string, headers: Record<string, string> = {}, padding = ""): Promise<Answer> {
  return send(url, { query: "{ feed { pageInfo { hasNextPage } } }", extensions: { padding } }, headers);
}

async function send(url: string, request: object, headers: Record<string, string> = {}): Promise<Answer> {
  const token = await mint();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(request),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  key = pair.privateKey;
  tokens = createTokenVerifier(
    { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "one", alg: "EdDSA" }] },
    "storefront",
    "etalase-gateway",
  );
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("a subgraph server", () => {
  test("asked without an organisation token, answers 401 and resolves nothing", async () => {
    let resolved = 0;
    const url = await serve({
      feed: () => {
        resolved += 1;
        return null;
      },
    });
    const answer = await ask(url, { authorization: "" });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    expect(resolved).toBe(0);
  });

  test("whose resolver has a bug, says INTERNAL_SERVER_ERROR and none of the cause, which the log has", async () => {
    const logged: string[] = [];
    const url = await serve({
      logged,
      feed: () => {
        throw new Error("password=hunter2 at 10.0.0.1");
      },
    });
    const { body } = await ask(url, { "x-correlation-id": "follow-me-1" });
    expect(body).toMatchObject({ data: { feed: null }, errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] });
    expect(JSON.stringify(body)).not.toContain("hunter2");
    expect(logged).toEqual([expect.stringMatching(/follow-me-1.*hunter2/)]);
  });

  test("whose database does not answer, says DATABASE_UNAVAILABLE and that a retry may help", async () => {
    const url = await serve({
      feed: () => {
        throw Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
      },
    });
    expect((await ask(url)).body).toMatchObject({
      errors: [{ extensions: { code: "DATABASE_UNAVAILABLE", retryable: true } }],
    });
  });

  test("whose commit was lost, says OUTCOME_UNKNOWN and nothing of the cause", async () => {
    const url = await serve({
      feed: () => {
        throw new CommitLostError(new Error("Connection terminated unexpectedly at 10.0.0.1"));
      },
    });
    const { body } = await ask(url);
    expect(body).toMatchObject({ errors: [{ extensions: { code: "OUTCOME_UNKNOWN", retryable: false } }] });
    expect(JSON.stringify(body)).not.toContain("10.0.0.1");
  });

  test.each([
    ["U+0000", "a variable", "query ($h: String!) { creator(handle: $h) { id } }", { h: "a\u0000b" }],
    ["U+0000", "a literal", '{ creator(handle: "a\\u0000b") { id } }', {}],
    ["surrogate", "a variable", "query ($h: String!) { creator(handle: $h) { id } }", { h: "a\ud800" }],
    [
      "surrogate",
      "a name in a variable",
      "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }",
      { r: [{ __typename: "Video", id: "1", "\udfff": 1 }] },
    ],
    [
      "U+0000",
      "a representation",
      "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }",
      { r: [{ __typename: "Video", id: ["\u0000"] }] },
    ],
  ])(
    "given %s in %s, says BAD_USER_INPUT, names the problem and resolves nothing",
    async (what, _, query, variables) => {
      let resolved = 0;
      const url = await serve({
        feed: () => {
          resolved += 1;
          return null;
        },
      });
      const { status, body } = await send(url, { query, variables });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        errors: [{ message: expect.stringContaining(what), extensions: { code: "BAD_USER_INPUT", retryable: false } }],
      });
      expect(resolved).toBe(0);
    },
  );

  test.each([
    ["__proto__", '{"__typename":"__proto__"}'],
    ["no __typename", '{"id":"1"}'],
    ["a __proto__ of its own", '{"__proto__":{"__typename":"Video"},"id":"1"}'],
    ["a number", "5"],
    ["a list", '[{"__typename":"Video"}]'],
    ["a type that is no entity", '{"__typename":"Query"}'],
    ["an unknown type", '{"__typename":"Nothing"}'],
    ["a __typename that is a list", '{"__typename":["Video"]}'],
  ])("given a representation that is %s, says BAD_USER_INPUT", async (_, representation) => {
    const url = await serve({});
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }";
    const { body } = await send(url, { query, variables: { r: [JSON.parse(representation)] } });
    expect(body).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  test("given a hostile representation as a literal, says BAD_USER_INPUT", async () => {
    const url = await serve({});
    const { body } = await send(url, { query: '{ _entities(representations: [{ id: "1" }]) { __typename } }' });
    expect(body).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  test("given variables that nest 100,000 deep, answers", async () => {
    const url = await serve({});
    const depth = 100_000;
    const nested = `${"[".repeat(depth)}"x"${"]".repeat(depth)}`;
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await mint()}` },
      body: `{"query":"{ creator(handle: \\"a\\") { id } }","variables":{"x":${nested}}}`,
    });
    expect(await response.json()).toEqual({ data: { creator: null } });
  });

  test("sent a body of one byte now and then, answers 408 and hangs up when its time is over", async () => {
    const url = new URL(await serve({ requestTimeoutMs: 600 }));
    const socket = connect(Number(url.port), url.hostname);
    const token = await mint();
    const head = ["POST /graphql HTTP/1.1", "host: a", "content-type: application/json", "content-length: 1000"];
    socket.write(`${[...head, `authorization: Bearer ${token}`].join("\r\n")}\r\n\r\n`);
    const drip = setInterval(() => socket.writable && socket.write(" "), 100);
    socket.on("error", () => undefined);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    await once(socket, "close");
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("asked for a page outside its bounds, says BAD_USER_INPUT with the bounds", async () => {
    const url = await serve({
      feed: () => {
        throw new PageRequestError("first must lie between 1 and 50");
      },
    });
    expect((await ask(url)).body).toMatchObject({
      errors: [{ message: "first must lie between 1 and 50", extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("given a correlation id, echoes it; given a hostile one, makes its own", async () => {
    const url = await serve({});
    const kept = await ask(url, { "x-correlation-id": "abcdefgh-1" });
    expect(kept.headers.get("x-correlation-id")).toBe("abcdefgh-1");
    const made = await ask(url, { "x-correlation-id": "a b{}" });
    expect(made.headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("whose database is away, is live and not ready", async () => {
    const url = await serve({ isReady: async () => false });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  });

  test("sent a body above its limit, refuses it", async () => {
    const url = await serve({});
    const { status } = await ask(url, {}, "x".repeat(2_000_000));
    expect(status).toBe(413);
  });
});
