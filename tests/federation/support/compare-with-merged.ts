import {
  buildSchema,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  graphqlSync,
  parse,
  validate,
} from "graphql";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";
import type { TestSubgraph } from "../../gateway/support/test-subgraph.ts";
import type { Pick } from "./random-model.ts";
import { type RandomQuery, randomQuery } from "./random-query.ts";
import { type RandomWorld, randomWorld } from "./random-world.ts";
import { serveSubgraph } from "./serve-case.ts";
import { shrinkQuery } from "./shrink-query.ts";

/** Something that answers queries over the subgraphs of one world. */
export interface Answering {
  readonly answer: (query: RandomQuery) => Promise<{ data?: unknown; errors?: readonly unknown[] }>;
  readonly close: () => Promise<void>;
}

/** Puts a gateway, or its inside, before subgraphs. */
export type OpenGateway = (
  subgraphs: readonly TestSubgraph[],
  planner: "native" | "apollo",
  supergraphSdl: string,
) => Promise<Answering>;

/** A query whose federated answer is not the one of the merged schema. */
export interface Difference {
  readonly planner: string;
  readonly query: RandomQuery;
  readonly expected: unknown;
  readonly found: unknown;
}

/** What a comparison came to. */
export interface Comparison {
  /** By planner. */
  readonly compared: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
  /** Queries that no planner could plan, which clients are told: a limit, not a wrong answer. */
  readonly unplanned: readonly string[];
  readonly subgraphs: Readonly<Record<string, string>>;
}

function queriesOf(pick: Pick, world: RandomWorld, schema: GraphQLSchema, count: number): RandomQuery[] {
  const queries: RandomQuery[] = [];
  for (let attempt = 0; queries.length < count && attempt < count * 8; attempt += 1) {
    const query = randomQuery(pick, world.model);
    if (validate(schema, parse(query.query)).length === 0) queries.push(query);
  }
  return queries;
}

/** Data and whether there are errors: whose words and how many is for other tests. */
function shown(answer: ExecutionResult | Awaited<ReturnType<Answering["answer"]>>): string {
  return JSON.stringify({ data: answer.data ?? null, hasErrors: (answer.errors ?? []).length > 0 });
}

/** Why no planner could plan it; undefined when that is not what happened. */
function whyUnplanned(answer: unknown): string | undefined {
  const { errors = [answer] } = answer as { errors?: readonly unknown[] };
  const refusal = errors.find((error) => (error as GraphQLError).extensions?.code === "PLANNING_FAILED");
  return refusal === undefined ? undefined : ((refusal as GraphQLError).originalError?.message ?? "refused");
}

interface Unplanned {
  readonly unplanned: string;
}

async function compareOne(
  { answer }: Answering,
  planner: string,
  schema: GraphQLSchema,
  world: RandomWorld,
  query: RandomQuery,
): Promise<Difference | Unplanned | undefined> {
  world.begin(query.labels);
  const { query: source, variables: variableValues } = query;
  const expected = graphqlSync({ schema, source, rootValue: world.merged.root, variableValues });
  world.begin(query.labels);
  try {
    const found = await answer(query);
    const unplanned = whyUnplanned(found);
    if (unplanned !== undefined) return { unplanned };
    return shown(found) === shown(expected) ? undefined : { planner, query, expected, found };
  } catch (error) {
    const unplanned = whyUnplanned(error);
    if (unplanned !== undefined) return { unplanned };
    return { planner, query, expected, found: String((error as Error).stack) };
  }
}

async function smallest(gateway: Answering, schema: GraphQLSchema, world: RandomWorld, difference: Difference) {
  let found = difference;
  const { query, planner } = difference;
  await shrinkQuery(query.query, schema, async (text) => {
    const smaller = await compareOne(gateway, planner, schema, world, { ...query, query: text });
    if (smaller === undefined || "unplanned" in smaller) return false;
    found = smaller;
    return true;
  });
  return found;
}

/** Makes a world, serves it over HTTP, and compares its federated answers with graphql-js over the merged schema. */
export async function compareWithMerged(
  pick: Pick,
  planners: readonly ("native" | "apollo")[],
  count: number,
  open: OpenGateway,
): Promise<Comparison> {
  const world = randomWorld(pick);
  const schema = buildSchema(world.merged.sdl);
  const queries = queriesOf(pick, world, schema, count);
  const subgraphs: TestSubgraph[] = [];
  const differences: Difference[] = [];
  const unplanned: string[] = [];
  const compared: Record<string, number> = {};
  try {
    for (const [name, subgraph] of Object.entries(world.subgraphs)) subgraphs.push(await serveSubgraph(name, subgraph));
    const sources = subgraphs.map(({ name, url, sdl }) => ({ name, url, sdl, file: name }));
    const { supergraphSdl } = composeSupergraph(sources);
    for (const planner of planners) {
      const gateway = await open(subgraphs, planner, supergraphSdl);
      try {
        for (const query of queries) {
          const difference = await compareOne(gateway, planner, schema, world, query);
          if (difference === undefined) continue;
          if ("unplanned" in difference) {
            unplanned.push(`${planner}: ${difference.unplanned}: ${query.query}`);
            continue;
          }
          differences.push(differences.length === 0 ? await smallest(gateway, schema, world, difference) : difference);
        }
        compared[planner] = queries.length - unplanned.filter((text) => text.startsWith(planner)).length;
      } finally {
        await gateway.close();
      }
    }
  } finally {
    await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
  }
  return {
    compared,
    differences,
    unplanned,
    subgraphs: Object.fromEntries(subgraphs.map(({ name, sdl }) => [name, sdl])),
  };
}
