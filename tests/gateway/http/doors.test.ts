import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { type Answer, post, readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";

// One behaviour, two doors: our own and Apollo Server's. What they may answer differently is listed in doors-alike.test.ts.

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

describe.each(["direct", "apollo"])("the door %s", (door) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway([shop.content, shop.goods], { door, limits: { requestBytes: 10_000 } });
  });
  afterAll(() => gateway.close());

  async function send(init: RequestInit, path = ""): Promise<Answer> {
    return readAnswer(await fetch(`${gateway.url}${path}`, init));
  }

  const json = { "content-type": "application/json" };
  const motto = "?query=%7B%20motto%20%7D";

  function expectRefusal(answer: Answer, status: number, code: string) {
    expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([status, code]);
    expect(answer.body.errors?.[0]?.extensions.correlationId).toBe(answer.headers.get("x-correlation-id"));
    expect(answer.text).not.toMatch(/node_modules|at file:|stacktrace/);
  }

  describe("GET", () => {
    test("a query that could be a cross-site request, is refused", async () => {
      expectRefusal(await send({}, motto), 400, "BAD_REQUEST");
      expectRefusal(await send({ headers: { "content-type": "text/plain" } }, motto), 400, "BAD_REQUEST");
    });

    test("a query that a browser must ask leave for, is answered", async () => {
      const { status, body } = await send({ headers: { "apollo-require-preflight": "1" } }, motto);
      expect([status, body]).toEqual([200, { data: { motto: "lihat, suka, beli" } }]);
    });

    test("a mutation, is refused and not run", async () => {
      const before = shop.done.length;
      const answer = await send(
        { headers: { "apollo-require-preflight": "1" } },
        "?query=mutation%7Bcheckout%7Bid%7D%7D",
      );
      expectRefusal(answer, 405, "BAD_REQUEST");
      expect(shop.done.length).toBe(before);
    });
  });

  describe("POST that is not GraphQL over HTTP", () => {
    const cases: [string, RequestInit, number, string][] = [
      ["without a content type", { body: new Uint8Array([123, 125]) }, 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["of a form", { body: new URLSearchParams("query={motto}") }, 415, "UNSUPPORTED_MEDIA_TYPE"],
      [
        "of plain text",
        { body: '{"query":"{motto}"}', headers: { "content-type": "text/plain" } },
        415,
        "UNSUPPORTED_MEDIA_TYPE",
      ],
      [
        "in UTF-16",
        { body: "{}", headers: { "content-type": "application/json; charset=utf-16le" } },
        415,
        "UNSUPPORTED_MEDIA_TYPE",
      ],
      ["compressed", { body: "x", headers: { ...json, "content-encoding": "gzip" } }, 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["that is no JSON", { body: "{motto}", headers: json }, 400, "BAD_REQUEST"],
      ["that is empty", { body: "", headers: json }, 400, "BAD_REQUEST"],
      ["of an empty object", { body: "{}", headers: json }, 400, "BAD_REQUEST"],
      ["whose query is a number", { body: '{"query":7}', headers: json }, 400, "BAD_REQUEST"],
      [
        "that is too large",
        { body: `{"query":"{motto}${" ".repeat(10_000)}"}`, headers: json },
        413,
        "PAYLOAD_TOO_LARGE",
      ],
      ["of several operations at once", { body: '[{"query":"{motto}"}]', headers: json }, 400, "BAD_REQUEST"],
    ];

    test.each(cases)("a body %s, is refused with a typed error", async (_, init, status, code) => {
      expectRefusal(await send({ method: "POST", ...init }), status, code);
    });

    test("another address, is NOT_FOUND", async () => {
      const answer = await readAnswer(await fetch(new URL("/admin", gateway.url)));
      expectRefusal(answer, 404, "NOT_FOUND");
    });

    test("a body of 100 MB that never ends, is refused long before", async () => {
      const { hostname, port } = new URL(gateway.url);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const upload = httpRequest({ hostname, port, path: "/graphql", method: "POST", headers: json }, (response) => {
          resolve(response.statusCode);
          upload.destroy();
        });
        upload.on("error", reject);
        upload.write("x".repeat(20_000));
      });
      expect(status).toBe(413);
    });
  });

  describe("documents that cannot run", () => {
    test.each([
      ["that is not GraphQL", "{ motto", "GRAPHQL_PARSE_FAILED"],
      ["with an unknown field", "{ mottto }", "GRAPHQL_VALIDATION_FAILED"],
      ["with an unknown operation", "query A { motto } query B { motto }", "OPERATION_RESOLUTION_FAILURE"],
      ["with a variable of the wrong type", "query($id: ID!) { product(id: $id) { id } }", "BAD_USER_INPUT"],
    ])("a document %s, is refused as %s", async (_, document, code) => {
      const answer = await gateway.query(document);
      expectRefusal(answer, 400, code);
    });

    test("a hash that nobody registered, asks for the document", async () => {
      const extensions = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
      const { body } = await send({ method: "POST", headers: json, body: JSON.stringify({ extensions }) });
      expect(body.errors?.[0]?.extensions.code).toBe("PERSISTED_QUERY_NOT_FOUND");
    });

    test("aliases named like the prototype's members, harm nothing", async () => {
      const { body } = await gateway.query('{ __proto__: motto constructor: product(id: "p1") { prototype: name } }');
      expect(JSON.stringify(body)).toContain('"constructor":{"prototype":"Batik"}');
      expect(({} as Record<string, unknown>).prototype).toBeUndefined();
    });
  });

  describe("the schema's secrecy", () => {
    test("introspection, answers by default", async () => {
      const { body } = await gateway.query("{ __schema { queryType { name } } }");
      expect(body.data).toEqual({ __schema: { queryType: { name: "Query" } } });
    });

    test("introspection turned off, is refused and nothing is suggested", async () => {
      const closed = await startGateway([shop.content, shop.goods], { door, introspection: false });
      expectRefusal(await closed.query("{ __schema { queryType { name } } }"), 400, "GRAPHQL_VALIDATION_FAILED");
      expect((await post(closed.url, "{ mottto }")).text).not.toContain("Did you mean");
      expect((await post(closed.url, "{ motto }")).body.data).toEqual({ motto: "lihat, suka, beli" });
      await closed.close();
    });
  });

  describe("correlation", () => {
    test("a harmless id of the client's, is echoed and sent on", async () => {
      const { headers } = await gateway.query("{ motto }", { headers: { "x-correlation-id": "checkout-42" } });
      expect(headers.get("x-correlation-id")).toBe("checkout-42");
      expect(shop.content.received.at(-1)?.headers["x-correlation-id"]).toBe("checkout-42");
    });

    test("an odd id of the client's, is replaced", async () => {
      const { headers } = await gateway.query("{ motto }", { headers: { "x-correlation-id": "<script>alert(1)" } });
      expect(headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe("browsers of other origins", () => {
    const preflight = (origin: string) =>
      fetch(gateway.url, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
      });

    test("Apollo's Sandbox, may ask", async () => {
      const { status, headers } = await preflight("https://studio.apollographql.com");
      expect(status).toBe(204);
      expect(headers.get("access-control-allow-origin")).toBe("https://studio.apollographql.com");
      expect(headers.get("access-control-allow-headers")).toBe("authorization");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    });

    test("a stranger's page, may not", async () => {
      const { headers } = await preflight("https://evil.example");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      const answer = await gateway.query("{ motto }", { headers: { origin: "https://evil.example" } });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("vary")).toBe("Origin");
    });
  });
});
