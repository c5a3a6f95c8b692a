import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type AssignmentSource, createLabelService } from "../../../gateway/policy/label-service.ts";
import { bucketOf, createLabelPolicy } from "../../../gateway/policy/labels.ts";
import type { Principal } from "../../../gateway/request-context.ts";
import { supergraphOf } from "../support/composed.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { eventually, startGatewayOn, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";
import { type Answering, startServer, type TestServer } from "../support/test-server.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

jest.setTimeout(90_000);

const budi: Principal = { kind: "user", issuer: "https://id", subject: "budi", scopes: [], expiresAt: 0 };
const siti: Principal = { ...budi, subject: "siti" };
const labels = ["pricing", "search"];
const assigning =
  (...on: string[]): Answering =>
  (_, response) =>
    response.end(JSON.stringify({ on }));
const local = createLabelPolicy(() => ({ on: [], shares: {} }), undefined);

let service: TestServer;
beforeAll(async () => {
  service = await startServer(assigning("pricing"));
});
beforeEach(() => {
  service.heard.length = 0;
  service.answer(assigning("pricing"));
});
afterAll(() => service.close());

function rig() {
  let nowMs = 1_000;
  const sources: AssignmentSource[] = [];
  const settings = {
    url: `${service.url}/assignments`,
    // Long enough for a busy machine; the slow service below uses it up three times.
    timeoutMs: 3_000,
    cacheSeconds: 10,
    staleSeconds: 60,
    otherwise: ["search"],
    headers: { "x-key": "k" },
    secret: "a secret of the test's own, long enough",
  };
  const assign = createLabelService(settings, local, {
    logger: silentLogger,
    nowMs: () => nowMs,
    assigned: (source) => sources.push(source),
  });
  return {
    sources,
    pass: (ms: number) => {
      nowMs += ms;
    },
    on: async (principal: Principal = budi) => (await assign({ labels, principal, header: () => undefined })).names,
  };
}

describe("an outside service that assigns labels", () => {
  test("a question, carries the label names and an opaque id of the user, the same each time, and nothing else", async () => {
    const { on, pass } = rig();
    expect(await on()).toEqual(["pricing"]);
    pass(11_000);
    await on();
    await on(siti);
    await on({ kind: "anonymous" });
    const bodies = service.heard.map(({ body }) => JSON.parse(body));
    expect(bodies[0]).toEqual({ labels, subject: expect.stringMatching(/^[\w-]{43}$/) });
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2].subject).not.toBe(bodies[0].subject);
    expect(bodies[3].subject).toBeNull();
    const [{ headers } = { headers: {} }] = service.heard;
    expect(Object.keys(headers).sort()).toEqual(expect.not.arrayContaining(["authorization", "cookie"]));
    expect(headers).toMatchObject({ "x-key": "k" });
    expect(JSON.stringify(service.heard)).not.toMatch(/budi|siti/);
  });

  test("an assignment, is believed for its life and then asked for again", async () => {
    const { on, pass, sources } = rig();
    await on();
    service.answer(assigning("search"));
    pass(9_999);
    expect(await on()).toEqual(["pricing"]);
    pass(1);
    expect(await on()).toEqual(["search"]);
    expect(sources).toEqual(["fresh", "cached", "fresh"]);
  });

  test("requests of one user that come together, are one question", async () => {
    const { on } = rig();
    expect(await Promise.all([on(), on(), on()])).toEqual([["pricing"], ["pricing"], ["pricing"]]);
    expect(service.heard).toHaveLength(1);
  });

  test.each<[string, Answering]>([
    ["slow", () => undefined],
    ["failing", (_, response) => response.writeHead(500).end()],
    ["cut off", (_, response) => response.destroy()],
    ["talking garbage", (_, response) => response.end("<html>")],
    ["of another opinion about the form", (_, response) => response.end('{"on":"pricing"}')],
    ["endless", (_, response) => response.end(JSON.stringify({ on: ["x".repeat(100_000)] }))],
  ])("a service that is %s, leaves the last known assignment, then the default", async (_, answering) => {
    const { on, pass, sources } = rig();
    await on();
    service.answer(answering);
    pass(10_001);
    expect(await on()).toEqual(["pricing"]);
    expect(await on(siti)).toEqual(["search"]);
    pass(60_000);
    expect(await on()).toEqual(["search"]);
    expect(sources).toEqual(["fresh", "last-known", "otherwise", "otherwise"]);
  });

  test("a service that has failed five times in a row, is left alone and then tried by one request", async () => {
    const { on, pass } = rig();
    service.answer((_, response) => response.writeHead(500).end());
    for (let n = 0; n < 8; n += 1) await on({ ...budi, subject: `u${n}` });
    expect(service.heard).toHaveLength(5);
    pass(2_001);
    service.answer(assigning("pricing"));
    const answers = await Promise.all([on(budi), on(siti)]);
    expect(answers).toEqual([["pricing"], ["search"]]);
    expect(service.heard).toHaveLength(6);
    expect(await on(siti)).toEqual(["pricing"]);
  });
});

describe("labels of a request", () => {
  const federation =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@shareable"])\n';
  const sold = (by: string) => () => ({ by });
  const folder = temporaryFolder();
  let issuer: TestIssuer;
  let old: TestSubgraph;
  let next: TestSubgraph;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await startIssuer();
    const sdl = (override: string) => `
      type Query { ping${override === "" ? "Old" : "Next"}: String }
      type Mutation { reserve: Sale${override} charge: Sale${override} }
      type Sale @shareable { by: String }`;
    const resolvers = (by: string) => ({ Mutation: { reserve: sold(by), charge: sold(by) } });
    old = await startSubgraph("old", sdl(""), resolvers("old"));
    next = await startSubgraph("next", sdl(""), resolvers("next"));
    const label = ' @override(from: "old", label: "checkout")';
    const supergraph = await supergraphOf([
      { ...old, sdl: federation + sdl("") },
      { ...next, sdl: federation + sdl(label) },
    ]);
    const file = join(folder.path, "supergraph.graphql");
    const pairwiseSecretFile = join(folder.path, "secret");
    writeFileSync(file, supergraph);
    writeFileSync(pairwiseSecretFile, "a secret of the test's own, long enough\n");
    gateway = await startGatewayOn(file, {
      identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
      explain: "scope gateway:explain",
      labels: { service: { url: service.url, cacheSeconds: 1, timeoutMs: 5_000, pairwiseSecretFile } },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all([old.close(), next.close(), issuer.close()]);
    folder.remove();
  });

  const buy = async (scope = "") => {
    const headers = { authorization: `Bearer ${await issuer.sign({ scope })}`, "x-query-plan": "1" };
    return (await gateway.query("mutation Buy { reserve { by } charge { by } }", { headers })).body;
  };

  test("one assignment, governs all root fields, and a change in the service is followed without a restart", async () => {
    service.answer(assigning());
    expect((await buy()).data).toEqual({ reserve: { by: "old" }, charge: { by: "old" } });
    service.answer(assigning("checkout", "unheard-of"));
    await eventually(async () => {
      const { data } = await buy();
      const by = [data?.reserve, data?.charge].map((sale) => (sale as { by: string }).by);
      expect(new Set(by).size).toBe(1);
      return by[0] === "next";
    });
    expect(await gateway.metric("gateway_label_assignments_total", { source: "fresh" })).toBeGreaterThanOrEqual(2);
  });

  test("the assignment, stands in the request's log lines and in the plan of who may see it", async () => {
    service.answer(assigning("checkout"));
    await eventually(async () => {
      const { extensions } = (await buy("gateway:explain")) as { extensions?: { queryPlan: { labels: string[] } } };
      return extensions?.queryPlan.labels.includes("checkout") ?? false;
    });
    const line = gateway.log.filter(({ msg }) => msg === "labels are assigned").at(-1);
    expect(line).toMatchObject({ labels: ["checkout"], correlationId: expect.any(String) });
    expect(await buy()).not.toHaveProperty("extensions");
  });
});

test("a user's bucket, is the same each time, and nobody's is outside of every share", () => {
  expect(bucketOf(budi)).toBe(bucketOf({ ...budi }));
  expect(bucketOf({ kind: "anonymous" })).toBe(100);
});
