import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { createMetrics } from "../../../platform/runtime/metrics.ts";
import { createTokenVerifier, type OrganisationTokenVerifier } from "../../../platform/runtime/organisation-token.ts";
import {
  createSubgraphServer,
  type SubgraphRequest,
  type SubgraphServer,
} from "../../../platform/runtime/subgraph-server.ts";
import { PageRequestError } from "../../../platform/values/page.ts";

let key: CryptoKey;
let tokens: OrganisationTokenVerifier;
let server: SubgraphServer | undefined;

interface Behaviour {
  readonly feed?: () => unknown;
  readonly isReady?: () => Promise<boolean>;
  readonly logged?: string[];
}

async function serve(behaviour: Behaviour): Promise<string> {
  server = await createSubgraphServer<SubgraphRequest>({
    organisation: "storefront",
    resolvers: { Query: { feed: behaviour.feed ?? (() => null) } },
    tokens,
    createContext: (request) => request,
    isReady: behaviour.isReady ?? (async () => true),
    logger: pino({ level: "error" }, { write: (line: string) => void behaviour.logged?.push(line) }),
    metrics: createMetrics("storefront"),
  });
  return `http://127.0.0.1:${await server.listen(0)}`;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function ask(url: string, headers: Record<string, string> = {}, padding = ""): Promise<Answer> {
  const token = await new SignJWT({ scope: "storefront:browse" })
    .setProtectedHeader({ alg: "EdDSA", kid: "one" })
    .setAudience("storefront")
    .setIssuer("etalase-gateway")
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(key);
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query: "{ feed { pageInfo { hasNextPage } } }", extensions: { padding } }),
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
