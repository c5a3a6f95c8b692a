import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";

// The same request at our own door and at Apollo Server's, over the same engine: status, headers and body must be equal.
// Intended differences, all of them:
// - a refusal that never became an operation also says `cache-control: no-store` at our door; Apollo Server is silent;
// - with introspection off, the words of the refusal (its code, status and place are equal);
// - an Accept header that nothing satisfies is refused before the operation runs; Apollo Server runs it first;
// - a refused list of operations: at our door no operation of a list runs when one of them is no request.

interface Sent {
  readonly title: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Body as it is. */
  readonly raw?: string;
}

const json = { "content-type": "application/json" };
const preflighted = { "apollo-require-preflight": "1" };
const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });
const get = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters)}`;
const two = "query A { motto } query B { videos { id } }";

const requests: readonly Sent[] = [
  { title: "a query", body: { query: "{ motto }" } },
  {
    title: "a query with null in place of what is left out",
    body: { query: "{ motto }", variables: null, extensions: null, operationName: null },
  },
  { title: "a query across organisations", body: { query: "{ videos { title product { name price } } }" } },
  { title: "variables", body: { query: "query($id: ID!) { product(id: $id) { name } }", variables: { id: "p1" } } },
  { title: "a mutation", body: { query: 'mutation { addToCart(id: "p1") { items } }' } },
  { title: "an operation by its name", body: { query: two, operationName: "B" } },
  { title: "several operations without a name", body: { query: two } },
  { title: "an operation that is not there", body: { query: two, operationName: "C" } },
  { title: "no operation at all", body: { query: "fragment F on Query { motto }" } },
  { title: "a subscription", body: { query: "subscription { motto }" } },
  { title: "a syntax error", body: { query: "{ motto" } },
  { title: "an unknown field", body: { query: "{ mottto }" } },
  {
    title: "introspection of more than anybody needs",
    body: {
      query: `{ __schema { types { fields { ${Array.from({ length: 1_000 }, (_, n) => `a${n}: type { fields { name } }`).join(" ")} } } } }`,
    },
  },
  { title: "several mistakes of validation", body: { query: "query($a: Nope) { mottto videos }" } },
  { title: "a missing variable", body: { query: "query($id: ID!) { product(id: $id) { id } }" } },
  {
    title: "a variable of another type",
    body: { query: "query($id: ID!) { product(id: $id) { id } }", variables: { id: {} } },
  },
  { title: "an error of a subgraph that is passed on", body: { query: "{ cart { items } motto }" } },
  { title: "an error of a subgraph that is masked", body: { query: '{ product(id: "boom") { name } }' } },
  { title: "an empty body", raw: "" },
  { title: "a body that is no JSON", raw: "{motto}" },
  { title: "a body that is a string", raw: '"motto"' },
  { title: "a body that is null", raw: "null" },
  { title: "an empty object", body: {} },
  { title: "an empty query", body: { query: "" } },
  { title: "a query that is a number", body: { query: 7 } },
  { title: "a query that is a syntax tree", body: { query: { kind: "Document" } } },
  { title: "variables that are text", body: { query: "{ motto }", variables: "{}" } },
  { title: "variables that are a list", body: { query: "{ motto }", variables: [] } },
  { title: "extensions that are text", body: { query: "{ motto }", extensions: "{}" } },
  { title: "extensions that are a number", body: { query: "{ motto }", extensions: 1 } },
  { title: "an operation name that is a number", body: { query: "{ motto }", operationName: 1 } },
  { title: "a list where none is allowed", body: [{ query: "{ motto }" }] },
  {
    title: "a body in a charset of Windows",
    headers: { "content-type": "application/json; charset=windows-1252" },
    body: { query: "{ motto }" },
  },
  {
    title: "a body in UTF-8 by name",
    headers: { "content-type": "application/json; charset=UTF-8" },
    body: { query: "{ motto }" },
  },
  { title: "a form", headers: { "content-type": "application/x-www-form-urlencoded" }, raw: "query={motto}" },
  {
    title: "plain text with leave to cross sites",
    headers: { "content-type": "text/plain", ...preflighted },
    raw: '{"query":"{motto}"}',
  },
  { title: "a hash that nobody registered", body: { extensions: persisted("0".repeat(64)) } },
  { title: "a hash that is another document's", body: { query: "{ motto }", extensions: persisted("0".repeat(64)) } },
  { title: "a hash of an unknown version", body: { query: "{ motto }", extensions: persisted(hash("{ motto }"), 2) } },
  { title: "a document with its hash", body: { query: "{ m: motto }", extensions: persisted(hash("{ m: motto }")) } },
  { title: "the hash alone, after that", body: { extensions: persisted(hash("{ m: motto }")) } },
  { title: "an invalid document with its hash", body: { query: "{ nope }", extensions: persisted(hash("{ nope }")) } },
  { title: "its hash alone, after that", body: { extensions: persisted(hash("{ nope }")) } },
  {
    title: "the hash alone by GET",
    method: "GET",
    headers: preflighted,
    path: get({ extensions: JSON.stringify(persisted(hash("{ m: motto }"))) }),
  },
  { title: "a GET", method: "GET", headers: preflighted, path: get({ query: "{ motto }" }) },
  {
    title: "a GET with variables",
    method: "GET",
    headers: preflighted,
    path: get({ query: "query($id: ID!) { product(id: $id) { name } }", variables: '{"id":"p1"}' }),
  },
  { title: "a GET that could cross sites", method: "GET", path: get({ query: "{ motto }" }) },
  { title: "a GET with a header for JSON", method: "GET", headers: json, path: get({ query: "{ motto }" }) },
  {
    title: "a GET with a header for text",
    method: "GET",
    headers: { "content-type": "text/plain" },
    path: get({ query: "{ motto }" }),
  },
  {
    title: "a GET with a header for XML",
    method: "GET",
    headers: { "content-type": "application/xml" },
    path: get({ query: "{ motto }" }),
  },
  {
    title: "a GET with a content type that is none",
    method: "GET",
    headers: { "content-type": "nonsense", ...preflighted },
    path: get({ query: "{ motto }" }),
  },
  { title: "a GET without anything", method: "GET", headers: preflighted },
  { title: "a GET with two queries", method: "GET", headers: preflighted, path: "?query={motto}&query={motto}" },
  {
    title: "a GET with variables that are no JSON",
    method: "GET",
    headers: preflighted,
    path: get({ query: "{ motto }", variables: "{" }),
  },
  {
    title: "a GET with variables that are a list",
    method: "GET",
    headers: preflighted,
    path: get({ query: "{ motto }", variables: "[]" }),
  },
  {
    title: "a mutation by GET",
    method: "GET",
    headers: preflighted,
    path: get({ query: "mutation { checkout { id } }" }),
  },
  {
    title: "a subscription by GET",
    method: "GET",
    headers: preflighted,
    path: get({ query: "subscription { motto }" }),
  },
  { title: "PUT", method: "PUT", body: { query: "{ motto }" } },
  {
    title: "a client that reads the response type of GraphQL",
    headers: { ...json, accept: "application/graphql-response+json" },
    body: { query: "{ motto }" },
  },
  {
    title: "its mistake",
    headers: { ...json, accept: "application/graphql-response+json" },
    body: { query: "{ mottto }" },
  },
  {
    title: "a client that prefers it",
    headers: { ...json, accept: "application/graphql-response+json, application/json;q=0.9" },
    body: { query: "{ motto }" },
  },
  {
    title: "a client that prefers JSON",
    headers: { ...json, accept: "application/graphql-response+json;q=0.5, application/json;q=0.9" },
    body: { query: "{ motto }" },
  },
  { title: "a client that reads anything", headers: { ...json, accept: "*/*" }, body: { query: "{ motto }" } },
  {
    title: "a client that reads applications",
    headers: { ...json, accept: "text/plain, application/*;q=0.1" },
    body: { query: "{ motto }" },
  },
  {
    title: "a client that reads JSON in UTF-8",
    headers: { ...json, accept: "application/json; charset=utf-8" },
    body: { query: "{ motto }" },
  },
  {
    title: "a client that reads nothing we have",
    headers: { ...json, accept: "text/csv" },
    body: { query: "{ motto }" },
  },
  {
    title: "a client that refuses JSON",
    headers: { ...json, accept: "application/json;q=0" },
    body: { query: "{ motto }" },
  },
  {
    title: "a browser",
    method: "GET",
    headers: { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
  },
  {
    title: "a browser that prefers JSON",
    method: "GET",
    headers: { accept: "application/json, text/html;q=0.9", ...preflighted },
    path: get({ query: "{ motto }" }),
  },
  { title: "introspection", body: { query: "{ __schema { queryType { name } } __typename }" } },
  { title: "the plan, asked for", headers: { ...json, "x-query-plan": "1" }, body: { query: "{ motto }" } },
  { title: "too many tokens", body: { query: `{ motto ${"__typename ".repeat(300)}}` } },
  {
    title: "a token where nobody is asked who they are",
    headers: { ...json, authorization: "Bearer x" },
    body: { query: "{ motto }" },
  },
];

const compared = ["content-type", "cache-control", "allow", "vary", "x-content-type-options", "www-authenticate"];

async function ask(gateway: TestGateway, { path = "", method = "POST", headers = json, body, raw }: Sent) {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const init = { method, headers: { "x-correlation-id": "the-same-for-both", ...headers } };
  const answer = await readAnswer(
    await fetch(`${gateway.url}${path}`, text === undefined || method === "GET" ? init : { ...init, body: text }),
  );
  const isPage = answer.headers.get("content-type") === "text/html";
  const shown = Object.fromEntries(compared.map((name) => [name, answer.headers.get(name)]));
  // The explorer's page has a nonce of its own each time.
  const content = isPage ? "a page" : JSON.parse(answer.text);
  return { status: answer.status, headers: shown, correlation: answer.headers.get("x-correlation-id"), content };
}

type Answered = Awaited<ReturnType<typeof ask>>;

/** The first of the intended differences. */
function withoutIntended(answer: Answered, other: Answered): Answered {
  const isSilent = other.headers["cache-control"] === null && answer.headers["cache-control"] === "no-store";
  const mayBeSilent = isSilent && answer.content !== "a page" && answer.content.data === undefined;
  return mayBeSilent ? { ...answer, headers: { ...answer.headers, "cache-control": null } } : answer;
}

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

async function openBoth(config: object): Promise<readonly [direct: TestGateway, apollo: TestGateway]> {
  const open = (door: string) => startGateway([shop.content, shop.goods], { ...config, door });
  return [await open("direct"), await open("apollo")];
}

describe("both doors", () => {
  let both: readonly [TestGateway, TestGateway];
  beforeAll(async () => {
    both = await openBoth({ limits: { documentTokens: 200 } });
  });
  afterAll(() => Promise.all(both.map((gateway) => gateway.close())));

  test.each(requests)("given $title, answer alike", async (request) => {
    const direct = await ask(both[0], request);
    const apollo = await ask(both[1], request);
    expect(withoutIntended(direct, apollo)).toEqual(apollo);
    expect(direct.correlation).toBe("the-same-for-both");
  });
});

describe("both doors, lists of operations allowed", () => {
  let both: readonly [TestGateway, TestGateway];
  beforeAll(async () => {
    both = await openBoth({ limits: { operationsPerRequest: 3 } });
  });
  afterAll(() => Promise.all(both.map((gateway) => gateway.close())));

  const lists: readonly Sent[] = [
    { title: "two operations", body: [{ query: "{ motto }" }, { query: "{ videos { id } }" }] },
    { title: "one that is invalid among them", body: [{ query: "{ motto }" }, { query: "{ nope }" }] },
    { title: "one that is no request among them", body: [{ query: "{ motto }" }, 7] },
    { title: "an empty list", body: [] },
    { title: "more than allowed", body: [1, 2, 3, 4].map(() => ({ query: "{ motto }" })) },
    { title: "one that explodes", body: [{ query: `{ ${"...F ".repeat(60)} } fragment F on Query { motto }` }] },
  ];

  test.each(lists)("given $title, answer alike", async (request) => {
    const direct = await ask(both[0], request);
    const apollo = await ask(both[1], request);
    if (request.title === "one that explodes") {
      // Apollo Server's guard looks at the request as a whole; ours at each operation.
      expect(direct.content[0]).toEqual(apollo.content);
    } else expect(withoutIntended(direct, apollo)).toEqual(apollo);
  });
});

describe("both doors, introspection off", () => {
  test("given introspection, refuse it with the same code at the same place", async () => {
    const both = await openBoth({ introspection: false });
    const answers = await Promise.all(
      both.map((one) => ask(one, { title: "", body: { query: "{ __schema { queryType { name } } }" } })),
    );
    const refusals = answers.map(({ status, content }) => [
      status,
      content.errors.length,
      content.errors[0].extensions.code,
      content.errors[0].locations,
    ]);
    expect(refusals[0]?.slice(0, 1)).toEqual([400]);
    expect(refusals[0]?.[2]).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(refusals[0]?.[3]?.[0]).toEqual(refusals[1]?.[3]?.[0]);
    await Promise.all(both.map((gateway) => gateway.close()));
  });
});
