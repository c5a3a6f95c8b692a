import type { CreateEngine } from "../engine.ts";

/** Engines that configuration can choose, by name. Each is loaded only when chosen: none pays for another's planner. */
export const engines = {
  etalase: async () => (await import("./etalase.ts")).createEtalaseEngine,
  apollo: async () => (await import("./apollo.ts")).createApolloEngine,
} as const satisfies Record<string, () => Promise<CreateEngine>>;

/** Name of an engine. */
export type EngineName = keyof typeof engines;

/** All names, for messages and for the check of configuration. */
export const engineNames = Object.keys(engines) as [EngineName, ...EngineName[]];
