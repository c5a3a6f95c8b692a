import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { startGateway, type TestGateway } from "../gateway/support/test-gateway.ts";
import type { TestSubgraph } from "../gateway/support/test-subgraph.ts";
import type { FederationCase } from "./support/federation-case.ts";
import { serveSubgraph } from "./support/serve-case.ts";

const folder = join(projectRoot, "tests/federation");
const only = process.env.FEDERATION_CASE;
const names = readdirSync(folder, { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() &&
      !["support", "property"].includes(entry.name) &&
      (only === undefined || entry.name === only),
  )
  .map(({ name }) => name)
  .sort();
const cases = await Promise.all(
  names.map(async (name) => {
    const { federationCase } = (await import(`./${name}/case.ts`)) as { federationCase: FederationCase };
    return { name, federationCase };
  }),
);

test("the suite, counted, has at least 80 requests", () => {
  if (only !== undefined) return;
  expect(cases.flatMap(({ federationCase }) => federationCase.requests).length).toBeGreaterThanOrEqual(80);
});

describe.each(cases)("$name", ({ federationCase }) => {
  const subgraphs: TestSubgraph[] = [];
  beforeAll(async () => {
    for (const [name, subgraph] of Object.entries(federationCase.subgraphs)) {
      subgraphs.push(await serveSubgraph(name, subgraph));
    }
  });
  afterAll(() => Promise.all(subgraphs.map((subgraph) => subgraph.close())));

  describe.each(["native", "apollo"])("planner %s", (planner) => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await startGateway(subgraphs, { engine: "etalase", planner, labels: { header: "x-labels" } });
      // On a busy machine its planning process takes long to start.
    }, 120_000);
    afterAll(() => gateway.close());

    test.each(federationCase.requests)("$title", async ({ query, variables, headers, data, errors = [] }) => {
      const options = {
        ...(variables === undefined ? {} : { variables }),
        ...(headers === undefined ? {} : { headers }),
      };
      const isQuery = !/^\s*mutation\b/.test(query);
      // Two at once share the subgraphs' answers: what one does with them must not show in the other.
      const [{ body }, other] = await Promise.all([
        gateway.query(query, options),
        isQuery ? gateway.query(query, options) : undefined,
      ]);
      if (other !== undefined) expect(other.body.data).toEqual(body.data);
      const found = (body.errors ?? []).map(({ path, extensions }) => ({
        code: extensions.code,
        ...(path === undefined ? {} : { path }),
      }));
      expect({ data: body.data, errors: found }).toEqual({ data, errors: expect.arrayContaining([...errors]) });
      expect(found).toHaveLength(errors.length);
    });
  });
});
