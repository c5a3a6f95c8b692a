import type { CreateEngine } from "../engine.ts";
import { createApolloEngine } from "./apollo.ts";

/** Engines that configuration can choose, by name. */
export const engines = { apollo: createApolloEngine } as const satisfies Record<string, CreateEngine>;

/** Name of an engine. */
export type EngineName = keyof typeof engines;

/** All names, for messages and for the check of configuration. */
export const engineNames = Object.keys(engines) as [EngineName, ...EngineName[]];
