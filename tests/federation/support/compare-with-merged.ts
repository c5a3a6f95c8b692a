import {
  buildSchema,
  type GraphQLSchema,
  graphqlSync,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { startGateway, type TestGateway } from "../../gateway/support/test-gateway.ts";
import type { TestSubgraph } from "../../gateway/support/test-subgraph.ts";
import { type RandomQuery, randomQuery } from "./random-query.ts";
import { type Pick, type RandomWorld, randomWorld } from "./random-world.ts";
import { serveSubgraph } from "./serve-case.ts";

/** A query whose federated answer is not the one of the merged schema. */
export interface Difference {
  readonly planner: string;
  readonly query: RandomQuery;
  readonly expected: unknown;
  readonly found: unknown;
}

/** What a comparison came to. */
export interface Comparison {
  readonly compared: number;
  readonly differences: readonly Difference[];
}

const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule);

/** Takes out variables that a document declares and does not use: Apollo Server refuses them. */
function withoutUnused({ query, variables }: RandomQuery): RandomQuery {
  const [head = "", ...rest] = query.split(") {");
  const body = rest.join(") {");
  const declared = ["$yes: Boolean! = true", "$no: Boolean! = false", "$n: Int"].filter((text) =>
    new RegExp(`\\${text.split(":")[0]}\\b`).test(body),
  );
  return {
    query: `${head.startsWith("query") ? "query" : head}${declared.length === 0 ? "" : ` (${declared.join(", ")})`} {${body}`,
    variables,
  };
}

function queriesOf(pick: Pick, world: RandomWorld, schema: GraphQLSchema, count: number): RandomQuery[] {
  const queries: RandomQuery[] = [];
  for (let attempt = 0; queries.length < count && attempt < count * 5; attempt += 1) {
    const query = withoutUnused(randomQuery(pick, world));
    if (validate(schema, parse(query.query), rules).length === 0) queries.push(query);
  }
  return queries;
}

type Answer = { data?: unknown; errors?: readonly unknown[] };

function shown(answer: Answer): string {
  return JSON.stringify({ data: answer.data ?? null, hasErrors: (answer.errors ?? []).length > 0 });
}

async function compareWith(
  gateway: TestGateway,
  planner: string,
  schema: GraphQLSchema,
  world: RandomWorld,
  queries: readonly RandomQuery[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const query of queries) {
    const expected = graphqlSync({
      schema,
      source: query.query,
      rootValue: world.merged.root,
      variableValues: query.variables,
    });
    const { body } = await gateway.query(query.query, { variables: query.variables });
    if (shown(body) !== shown(expected)) differences.push({ planner, query, expected, found: body });
  }
  return differences;
}

/** Makes a world, serves it over HTTP behind the gateway, and compares with graphql-js over the merged schema. */
export async function compareWithMerged(pick: Pick, planners: readonly string[], count: number): Promise<Comparison> {
  const world = randomWorld(pick);
  const schema = buildSchema(world.merged.sdl);
  const queries = queriesOf(pick, world, schema, count);
  const subgraphs: TestSubgraph[] = [];
  const differences: Difference[] = [];
  try {
    for (const [name, subgraph] of Object.entries(world.subgraphs)) subgraphs.push(await serveSubgraph(name, subgraph));
    for (const planner of planners) {
      const gateway = await startGateway(subgraphs, { engine: "etalase", planner });
      try {
        differences.push(...(await compareWith(gateway, planner, schema, world, queries)));
      } finally {
        await gateway.close();
      }
    }
  } finally {
    await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
  }
  return { compared: queries.length * planners.length, differences };
}
