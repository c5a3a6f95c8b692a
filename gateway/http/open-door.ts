import type { FastifyInstance } from "fastify";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import type { GatewayConfig } from "../config.ts";
import type { Engine } from "../engine.ts";
import type { GatewayMetrics } from "../metrics.ts";
import { createOperations } from "../operations/operations.ts";
import { openApolloDoor } from "./apollo-door.ts";
import { openDirectDoor } from "./direct-door.ts";
import { addDocumentGuard } from "./document-guard.ts";
import { renderExplorer } from "./explorer.ts";

/** What either door is made of. */
export interface DoorParts {
  readonly engine: Engine;
  readonly admit: Admit;
  readonly passedCodes: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/**
 * Makes the engine serve and opens the door that configuration asks for, at /graphql; answers how to close it.
 * @throws ConfigurationError when the engine cannot serve the door
 */
export async function openDoor(
  http: FastifyInstance,
  config: GatewayConfig,
  parts: DoorParts,
): Promise<() => Promise<void>> {
  const { engine, logger } = parts;
  const { introspection, limits } = config;
  const { operationsPerRequest } = limits;
  const budget = { tokens: limits.documentTokens, rootFields: limits.rootFields };
  const page = () => renderExplorer(config.explorer.presetFile, logger);
  http.get("/", async (_request, reply) => reply.redirect("/graphql"));
  if ((config.door ?? (engine.versionInUse === undefined ? "apollo" : "direct")) === "apollo") {
    addDocumentGuard(http, budget, operationsPerRequest);
    const apollo = await openApolloDoor(http, { ...parts, renderExplorer: page, operationsPerRequest, introspection });
    return () => apollo.stop();
  }
  const { versionInUse, start } = engine;
  if (versionInUse === undefined || start === undefined) {
    throw new ConfigurationError(
      `door: the engine ${engine.name} has no direct door; leave it out or set it to apollo`,
    );
  }
  await start();
  const operations = createOperations({
    ...parts,
    versionInUse,
    rules: { budget, introspection },
    sharesAnswers: config.deduplicateAnswers,
  });
  openDirectDoor(http, { ...parts, operations, renderExplorer: page, operationsPerRequest });
  return async () => undefined;
}
