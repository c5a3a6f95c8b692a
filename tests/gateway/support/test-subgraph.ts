import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLSchema, graphql, parse } from "graphql";

/** One request as it came over the wire. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Answers in place of the subgraph. */
export type Misbehaviour = (request: Received, response: ServerResponse) => void | Promise<void>;

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>["resolvers"]>;

/** A real subgraph on a free port that remembers what it was sent. */
export interface TestSubgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
  readonly received: Received[];
  /** Answers each following request by this instead; undefined makes it behave again. */
  misbehave(how: Misbehaviour | undefined): void;
  close(): Promise<void>;
}

const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n`;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function answer(schema: GraphQLSchema, { query, variables }: Received, response: ServerResponse) {
  const result = await graphql({ schema, source: query, variableValues: variables });
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
}

/** Starts a subgraph; the federation import line is added to its SDL. */
export async function startSubgraph(name: string, sdl: string, resolvers: object): Promise<TestSubgraph> {
  const text = federation + sdl;
  const schema = buildSubgraphSchema({ typeDefs: parse(text), resolvers: resolvers as Resolvers });
  const received: Received[] = [];
  let misbehaviour: Misbehaviour | undefined;
  const server = createServer(async (request, response) => {
    const raw = await readBody(request);
    if (request.method !== "POST") return response.writeHead(405).end();
    const { query = "", variables = {} } = JSON.parse(raw);
    const now: Received = { headers: request.headers, raw, query, variables };
    received.push(now);
    await (misbehaviour === undefined ? answer(schema, now, response) : misbehaviour(now, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    sdl: text,
    received,
    misbehave: (how) => {
      misbehaviour = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
