import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type DocumentNode, graphql, Kind, parse } from "graphql";
import type { TestSubgraph } from "../../gateway/support/test-subgraph.ts";
import type { CaseSubgraph, Row } from "./federation-case.ts";

const imports = [
  "@key @requires @provides @external @shareable @override @interfaceObject @inaccessible @tag @context @fromContext",
  "@extends",
]
  .join(" ")
  .split(" ")
  .map((name) => `"${name}"`)
  .join(", ");

/** The line that every subgraph of a case begins with. */
export const federationLine = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}, "ContextFieldValue"])\n`;

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>["resolvers"]>;

/** Whether what a representation says of an object is true of a record; what the record lacks does not count. */
function agrees(record: unknown, representation: unknown): boolean {
  if (typeof representation !== "object" || representation === null) return record === representation;
  if (typeof record !== "object" || record === null) return false;
  return Object.entries(representation).every(([key, value]) => {
    if (key === "__typename") return true;
    const own = (record as Row)[key];
    return own === undefined || typeof own === "function" || agrees(own, value);
  });
}

function keysIn(document: DocumentNode, type: string): string[][] {
  return document.definitions.flatMap((definition) => {
    if (!("name" in definition) || definition.name?.value !== type || !("directives" in definition)) return [];
    return (definition.directives ?? []).flatMap(({ name, arguments: given }) => {
      const value = given?.find((argument) => argument.name.value === "fields")?.value;
      if (name.value !== "key" || value?.kind !== Kind.STRING) return [];
      let fields = value.value;
      while (fields.includes("{")) fields = fields.replace(/\{[^{}]*\}/g, "");
      return [fields.trim().split(/\s+/)];
    });
  });
}

function resolversOf({ entities = {} }: CaseSubgraph, document: DocumentNode): Record<string, object> {
  return Object.fromEntries(
    Object.entries(entities).map(([type, records]) => {
      const keys = keysIn(document, type);
      const find = (representation: Row) => {
        const key = keys.find((fields) => fields.every((field) => (representation[field] ?? undefined) !== undefined));
        const found = records.find((record) =>
          (key ?? Object.keys(representation)).every((field) => agrees(record[field], representation[field])),
        );
        // What a requirement brings stands in for what the subgraph itself does not know.
        return found === undefined ? null : Object.assign(Object.create(found), representation, shown(found));
      };
      const isInterface = document.definitions.some(
        (definition) => definition.kind === Kind.INTERFACE_TYPE_DEFINITION && definition.name.value === type,
      );
      return [
        type,
        { __resolveReference: find, ...(isInterface ? { __resolveType: (row: Row) => row.__typename } : {}) },
      ];
    }),
  );
}

function shown(found: Row): Row {
  return found.__typename === undefined ? {} : { __typename: found.__typename };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Serves one subgraph of a case over HTTP on a free port. */
export async function serveSubgraph(name: string, subgraph: CaseSubgraph): Promise<TestSubgraph> {
  const sdl = subgraph.isFederation1 === true ? subgraph.sdl : federationLine + subgraph.sdl;
  const document = parse(sdl);
  const schema = buildSubgraphSchema({ typeDefs: document, resolvers: resolversOf(subgraph, document) as Resolvers });
  const received: TestSubgraph["received"] = [];
  const server = createServer(async (request, response) => {
    const raw = await readBody(request);
    const { query = "", variables = {} } = JSON.parse(raw);
    received.push({ headers: request.headers, raw, query, variables });
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue: subgraph.root ?? {} });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    sdl,
    received,
    misbehave: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
