import { describe, expect, test } from "@jest/globals";
import { generateKeyPair, SignJWT } from "jose";
import { newId } from "../../../platform/runtime/ids.ts";
import { anonymous, draft, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront();
const feed = { query: "{ feed(first: 1) { nodes { id } } }" };

describe("who may ask", () => {
  async function codeWith(authorization: string | undefined): Promise<unknown> {
    const { status, body } = await storefront.send(authorization, feed);
    return [status, JSON.parse(body).errors?.[0]?.extensions.code];
  }

  test("a request without a token is refused with 401", async () => {
    expect(await codeWith(undefined)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("a token for another organisation is refused with 401", async () => {
    const token = await storefront.token(anonymous, { audience: "commerce" });
    expect(await codeWith(`Bearer ${token}`)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("a token of another issuer is refused with 401", async () => {
    const token = await storefront.token(anonymous, { issuer: "somebody" });
    expect(await codeWith(`Bearer ${token}`)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("an expired token is refused with 401", async () => {
    const token = await storefront.token(anonymous, { lifetime: "-1m" });
    expect(await codeWith(`Bearer ${token}`)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("a token signed with another key under the gateway's key id is refused with 401", async () => {
    const { privateKey } = await generateKeyPair("EdDSA");
    const token = await new SignJWT({ scope: "storefront:browse" })
      .setProtectedHeader({ alg: "EdDSA", kid: "gateway-1" })
      .setIssuer("etalase-gateway")
      .setAudience("storefront")
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
    expect(await codeWith(`Bearer ${token}`)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("an anonymous caller whom the gateway vouches for reads the feed", async () => {
    const data = await storefront.read(feed.query);
    expect([...(data.feed?.nodes ?? [])]).toHaveLength(1);
  });
});

describe("who may write", () => {
  const id = newId();
  const inputs: Record<string, { scope: string; input: object }> = {
    likeVideo: { scope: "storefront:engage", input: { videoId: id } },
    unlikeVideo: { scope: "storefront:engage", input: { videoId: id } },
    followCreator: { scope: "storefront:engage", input: { creatorId: id } },
    unfollowCreator: { scope: "storefront:engage", input: { creatorId: id } },
    addComment: { scope: "storefront:engage", input: { videoId: id, text: "a", idempotencyKey: "12345678" } },
    recordView: { scope: "storefront:engage", input: { videoId: id } },
    registerCreator: { scope: "storefront:engage", input: { handle: "abc", displayName: "A" } },
    publishVideo: { scope: "storefront:publish", input: draft() },
    startLiveSession: { scope: "storefront:publish", input: { title: "A" } },
    endLiveSession: { scope: "storefront:publish", input: { liveSessionId: id } },
    pinProduct: { scope: "storefront:publish", input: { liveSessionId: id, productId: id } },
    unpinProduct: { scope: "storefront:publish", input: { liveSessionId: id } },
  };

  function documentOf(name: string): string {
    const type = name.charAt(0).toUpperCase() + name.slice(1);
    return `mutation($input: ${type}Input!) { ${name}(input: $input) { __typename } }`;
  }

  test.each(Object.keys(inputs))("%s, by somebody not signed in, fails with UNAUTHENTICATED", async (name) => {
    const { data, errors } = await storefront.ask(documentOf(name), anonymous, { input: inputs[name]?.input });
    expect(data[name]).toBeNull();
    expect(errors.map((error) => error.extensions)).toEqual([{ code: "UNAUTHENTICATED", retryable: false }]);
  });

  test.each(Object.entries(inputs))("%s, without its scope, fails with FORBIDDEN", async (name, { scope, input }) => {
    const others = ["storefront:browse", "storefront:engage", "storefront:publish"].filter((each) => each !== scope);
    const asker = { subject: "a-subject", scope: others.join(" ") };
    const { errors } = await storefront.ask(documentOf(name), asker, { input });
    expect(errors.map((error) => error.extensions)).toEqual([{ code: "FORBIDDEN", retryable: false }]);
  });

  test("a mutation that is refused to somebody not signed in leaves no row", async () => {
    const count = await storefront.sql("SELECT count(*)::int FROM viewer");
    await storefront.ask(documentOf("likeVideo"), anonymous, { input: { videoId: id } });
    expect(await storefront.sql("SELECT count(*)::int FROM viewer")).toEqual(count);
  });
});

describe("what the process tells others", () => {
  test("the key set, asked for by anybody, is the public half of the attribution key and nothing more", async () => {
    const response = await fetch(`${storefront.address}/.well-known/attribution-jwks.json`);
    const { keys } = (await response.json()) as { keys: object[] };
    expect(response.headers.get("cache-control")).toContain("max-age");
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x"]]);
  });

  test("readiness, with the database there, is 200", async () => {
    expect((await fetch(`${storefront.address}/health/ready`)).status).toBe(200);
  });
});

describe("the run-time role", () => {
  test("the role of the process can neither make tables nor take comments away", async () => {
    const rights = await storefront.sql(
      `SELECT has_schema_privilege(role, 'public', 'CREATE') AS ddl, has_table_privilege(role, 'comment', 'DELETE') AS del,
         has_table_privilege(role, 'comment', 'INSERT') AS ins, has_table_privilege(role, 'applied_seed', 'SELECT') AS seed
       FROM (SELECT grantee AS role FROM information_schema.role_table_grants
             WHERE table_name = 'video_like' AND privilege_type = 'INSERT'
               AND grantee <> (SELECT tableowner FROM pg_tables WHERE tablename = 'video_like')) AS runtime`,
    );
    expect(rights).toEqual([{ ddl: false, del: false, ins: true, seed: false }]);
  });
});
