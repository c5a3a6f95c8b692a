import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import type { GatewayConfig } from "../config.ts";
import type { Engine } from "../engine.ts";
import { type Live, openLive } from "../live/open-live.ts";
import type { GatewayMetrics } from "../metrics.ts";
import { createOperations } from "../operations/operations.ts";
import type { RequestContext } from "../request-context.ts";
import type { CallerChanges } from "../transport/caller-changes.ts";
import type { StreamHeaders } from "../transport/outgoing-headers.ts";
import type { SubgraphEndpoint } from "../transport/subgraph-transport.ts";
import { openApolloDoor } from "./apollo-door.ts";
import { openDirectDoor } from "./direct-door.ts";
import { addDocumentGuard } from "./document-guard.ts";
import { renderExplorer } from "./explorer.ts";
import { sendError } from "./request-guard.ts";

/** What either door is made of. */
export interface DoorParts {
  readonly engine: Engine;
  readonly admit: Admit;
  readonly passedCodes: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly endpoints: readonly SubgraphEndpoint[];
  readonly streamHeaders: (service: string, context: RequestContext) => Promise<StreamHeaders>;
  /** Of callers: who changed something shares no answer with who asked before. */
  readonly changes: CallerChanges;
  /** Told of each connection that has become a WebSocket's. */
  readonly upgraded: (socket: Duplex) => void;
}

/** What stands open. */
export interface OpenDoors {
  /** Streams and deferred parts; absent with an engine that has none. */
  readonly live: Live | undefined;
  readonly close: () => Promise<void>;
}

/** Other methods than those of a door are told which there are, before their body is read. */
function refuseOtherMethods(http: FastifyInstance): void {
  const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header("allow", "GET, POST, OPTIONS");
    sendError(request, reply, 405, "BAD_REQUEST", "this address takes GET and POST");
  };
  http.route({ url: "/graphql", method: ["PUT", "PATCH", "DELETE"], onRequest: refuse, handler: refuse });
}

/**
 * Makes the engine serve and opens the door that configuration asks for, at /graphql, with those of streams beside it.
 * @throws ConfigurationError when the engine cannot serve the door
 */
export async function openDoor(http: FastifyInstance, config: GatewayConfig, parts: DoorParts): Promise<OpenDoors> {
  const { engine, logger } = parts;
  const { introspection, limits } = config;
  const { operationsPerRequest } = limits;
  const budget = { tokens: limits.documentTokens, rootFields: limits.rootFields };
  const page = () => renderExplorer(config.explorer.presetFile, logger);
  http.get("/", async (_request, reply) => reply.redirect("/graphql"));
  refuseOtherMethods(http);
  const { versionInUse, start } = engine;
  const rules = { budget, introspection };
  const sharing = config.deduplicateAnswers ? "whole" : config.deduplicate ? "first-fetch" : "never";
  const operations = versionInUse && createOperations({ ...parts, versionInUse, rules, sharing });
  const live = operations && openLive(http, config, { ...parts, operations, versionInUse });
  if ((config.door ?? (versionInUse === undefined ? "apollo" : "direct")) === "apollo") {
    addDocumentGuard(http, budget, operationsPerRequest);
    const apollo = await openApolloDoor(http, { ...parts, renderExplorer: page, operationsPerRequest, introspection });
    return { live, close: async () => void (await Promise.all([apollo.stop(), live?.close()])) };
  }
  if (operations === undefined || start === undefined) {
    throw new ConfigurationError(
      `door: the engine ${engine.name} has no direct door; leave it out or set it to apollo`,
    );
  }
  await start();
  openDirectDoor(http, { ...parts, operations, renderExplorer: page, operationsPerRequest });
  return { live, close: async () => live?.close() };
}
