import { describe, expect, test } from "@jest/globals";
import { buildSchema, Kind, parse } from "graphql";
import { planOperation } from "../../../gateway/pipeline/plan.ts";
import { PlanningError } from "../../../gateway/planners/planning-error.ts";
import type { PlanningHost } from "../../../gateway/planners/planning-host.ts";
import { fetchesOf, type Plan } from "../../../gateway/plans/plan.ts";

const schema = buildSchema("type Query { a: Int b: Int c: Int } type Mutation { a: Int b: Int }");
const loaded = { planner: "native" } as PlanningHost["loaded"];

/** Plans what does not match, as one fetch of it, and refuses the rest; keeps what it was asked for. */
function hostThat(refuses: RegExp, fault: PlanningError["fault"] = "refused") {
  const asked: string[] = [];
  const plan = async (document: string): Promise<Plan> => {
    const operation = document.replace(/\s+/g, " ").trim();
    asked.push(operation);
    if (refuses.test(operation)) throw new PlanningError("not planned", fault);
    const fetch = { kind: "fetch", subgraph: "s", operationKind: "query", operation, variables: [] } as const;
    return { root: { ...fetch, path: [], entities: [], outputRewrites: [] }, planner: "native" };
  };
  const host: PlanningHost = {
    loaded,
    plan,
    processId: () => undefined,
    retire: () => undefined,
    close: async () => undefined,
  };
  return { asked, host };
}

function planText(text: string, host: PlanningHost) {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
  const labels = { names: [], percentage: 0 };
  return planOperation(schema, host, { document, operation, labels, stopsOnError: false, fetchesApart: false });
}

describe("a document that the planners refuse as a whole", () => {
  test("a query, planned root field by root field, asks for them at once", async () => {
    const { host } = hostThat(/a .*b/);
    const { plan } = await planText("{ a ...rest } fragment rest on Query { b c }", host);
    expect(plan.root?.kind).toBe("parallel");
    expect(fetchesOf(plan.root).map(({ operation }) => operation)).toEqual(["{ a }", "{ b }", "{ c }"]);
  });

  test("a mutation, planned root field by root field, asks for one after the other", async () => {
    const { host } = hostThat(/b .*a/);
    const { plan } = await planText("mutation { b a }", host);
    expect(plan.root?.kind).toBe("sequence");
    expect(fetchesOf(plan.root).map(({ operation }) => operation)).toEqual(["mutation { b }", "mutation { a }"]);
  });

  test("a query of which one root field is refused by itself too, is refused", async () => {
    const { host } = hostThat(/b/);
    await expect(planText("{ a b }", host)).rejects.toMatchObject({ extensions: { code: "PLANNING_FAILED" } });
  });

  test("a query of more root fields than are tried apart, is refused at once", async () => {
    const { asked, host } = hostThat(/_k20_a/);
    const fields = Array.from({ length: 21 }, (_, index) => `f${index}: a`);
    await expect(planText(`{ ${fields.join(" ")} }`, host)).rejects.toMatchObject({
      extensions: { code: "PLANNING_FAILED" },
    });
    expect(asked).toHaveLength(1);
  });

  test("a query that took too long, is not tried again in parts", async () => {
    const { asked, host } = hostThat(/a .*b/, "slow");
    await expect(planText("{ a b }", host)).rejects.toMatchObject({ extensions: { code: "PLANNING_TIMEOUT" } });
    expect(asked).toHaveLength(1);
  });
});
