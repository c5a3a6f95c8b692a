import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse } from "graphql";
import { createHandler } from "graphql-sse/lib/use/http";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { Misbehaviour, Received, TestSubgraph } from "./test-subgraph.ts";

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>["resolvers"]>;

/** One stream that was asked for. */
export interface AskedStream {
  readonly authorization: string | undefined;
  readonly query: string;
  readonly protocol: "sse" | "websocket";
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** A real subgraph with streams over graphql-sse and graphql-transport-ws at one address. */
export interface LiveSubgraph extends TestSubgraph {
  readonly port: number;
  readonly streams: AskedStream[];
  /** WebSocket connections that are open. */
  sockets(): number;
  /** Cuts every connection, as a crash would. */
  cutConnections(): void;
  /** Listens again at the same address after a close. */
  reopen(): Promise<void>;
}

const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n`;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts it on a free port, or on the port given; the federation import line is added to its SDL. */
export async function startLiveSubgraph(
  name: string,
  sdl: string,
  resolvers: object,
  wantedPort = 0,
): Promise<LiveSubgraph> {
  const text = federation + sdl;
  const schema = buildSubgraphSchema({ typeDefs: parse(text), resolvers: resolvers as Resolvers });
  const received: Received[] = [];
  const streams: AskedStream[] = [];
  let misbehaviour: Misbehaviour | undefined;
  const sse = createHandler({
    schema,
    onSubscribe: ({ raw }, { query, extensions }) => {
      streams.push({
        authorization: raw.headers.authorization,
        query,
        protocol: "sse",
        extensions: extensions ?? undefined,
      });
    },
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    const isStream = request.headers.accept === "text/event-stream";
    if (isStream && misbehaviour === undefined) return sse(request, response);
    const raw = await readBody(request);
    const { query = "", variables = {} } = JSON.parse(raw);
    const now: Received = { headers: request.headers, raw, query, variables };
    received.push(now);
    if (misbehaviour !== undefined) return misbehaviour(now, response);
    const result = await graphql({ schema, source: query, variableValues: variables });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  };
  const server = createServer((request, response) => {
    // A gateway that leaves a stream resets its connection, maybe while it is written to.
    response.on("error", () => undefined);
    void Promise.resolve(handle(request, response)).catch(() => response.destroy());
  });
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => connections.delete(socket));
  });
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  useServer(
    {
      schema,
      onSubscribe: ({ connectionParams }, _id, { query, extensions }) => {
        streams.push({
          authorization: connectionParams?.authorization as string | undefined,
          query,
          protocol: "websocket",
          extensions: extensions ?? undefined,
        });
      },
    },
    sockets,
  );
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(wantedPort);
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of connections) socket.destroy();
  };
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}/graphql`,
    sdl: text,
    received,
    streams,
    sockets: () => sockets.clients.size,
    misbehave: (how) => {
      misbehaviour = how;
    },
    cutConnections: cut,
    reopen: () => listen(port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
