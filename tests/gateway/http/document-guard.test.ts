import { writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { getIntrospectionQuery } from "graphql";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

describe.each(["apollo", "etalase"])("the door of the engine %s", (engine) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway([shop.content, shop.goods], { engine, limits: { rootFields: 20 } });
  });
  afterAll(() => gateway.close());

  function chain(length: number): string {
    const links = Array.from({ length }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    return `{ ...F0 } ${links.join(" ")} fragment F${length} on Query { motto }`;
  }

  const types = Array.from({ length: 1_000 }, (_, n) => `a${n}: type { fields { name } }`).join(" ");
  const overlapping = `videos { ${"id ".repeat(400)} }`;

  test.each([
    ["3,000 fragments that spread the next one twice", chain(3_000)],
    ["40 fragments that spread the next one twice", chain(40)],
    ["3,000 aliases of a root field", `{ ${Array.from({ length: 3_000 }, (_, n) => `a${n}: motto`).join(" ")} }`],
    ["more root fields than allowed, by fragments", `{ ${"...F ".repeat(21)} } fragment F on Query { motto }`],
    ["one field so often that comparing each with each takes long", `{ ${overlapping} }`],
    [
      "the same, by fragments",
      `{ ${"...F ...G "} } fragment F on Query { ${overlapping} } fragment G on Query { motto }`,
    ],
    ["3,000 selections within each other", `{ ${"videos { ".repeat(3_000)} id ${"}".repeat(3_000)} }`],
    ["a literal of 3,000 lists within each other", `{ motto(a: ${"[".repeat(3_000)}${"]".repeat(3_000)}) }`],
    ["a literal of 3,000 objects within each other", `{ motto(a: ${"{ a: ".repeat(3_000)}1${"}".repeat(3_000)}) }`],
    ["a type of 3,000 lists", `query($a: ${"[".repeat(3_000)}Int${"]".repeat(3_000)}) { motto }`],
    ["more of the schema than anybody needs", `{ __schema { types { fields { ${types} } } } }`],
    ["more tokens than allowed", `{ motto ${"__typename ".repeat(40_000)} }`],
  ])("given %s, refuses it and asks no subgraph", async (_what, query) => {
    const asked = shop.content.received.length;
    const { status, body } = await gateway.query(query);
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
    expect(body.errors?.[0]?.message).toMatch(/^the document is refused: it /);
    expect(shop.content.received).toHaveLength(asked);
  });

  test("given brackets in a string and a comment, does not count them", async () => {
    const open = "[".repeat(500);
    const { body } = await gateway.query(`{ motto @include(if: "${open}") } # ${open}`);
    expect(body.errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("given fragments in a circle, leaves the explanation to validation", async () => {
    const { body } = await gateway.query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }");
    expect(body.errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("given as many root fields as allowed, answers", async () => {
    const { body } = await gateway.query(`{ ${Array.from({ length: 20 }, (_, n) => `a${n}: motto`).join(" ")} }`);
    expect(body.errors).toBeUndefined();
  });

  test("given the standard query for the whole schema, answers", async () => {
    const { body } = await gateway.query(getIntrospectionQuery());
    expect(body.errors).toBeUndefined();
  });

  test("given a named operation, tells no subgraph the name", async () => {
    await gateway.query("query WhatTheBuyerIsDoing { motto }");
    expect(shop.content.received.at(-1)?.raw).not.toContain("WhatTheBuyerIsDoing");
  });
});

describe("a gateway whose explorer is preset with a token", () => {
  const folder = temporaryFolder();
  let gateway: TestGateway;
  beforeAll(async () => {
    const presetFile = join(folder.path, "preset.json");
    writeFileSync(presetFile, JSON.stringify({ document: "{ motto }", headers: { authorization: "Bearer secret" } }));
    gateway = await startGateway([shop.content, shop.goods], { explorer: { presetFile } });
  });
  afterAll(async () => {
    await gateway.close();
    folder.remove();
  });

  function pageFor(host: string): Promise<{ status: number | undefined; text: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(gateway.url, { headers: { host, accept: "text/html" } }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode, text }));
      });
      request.on("error", reject);
      request.end();
    });
  }

  test("asked under a foreign name, as by DNS rebinding, shows nothing", async () => {
    const { status, text } = await pageFor("evil.example:4000");
    expect(status).toBe(421);
    expect(text).not.toContain("secret");
  });

  test.each(["localhost:4000", "127.0.0.1", "[::1]:4000"])("asked as %s, shows the preset", async (host) => {
    expect(await pageFor(host)).toMatchObject({ status: 200, text: expect.stringContaining("secret") });
  });
});
