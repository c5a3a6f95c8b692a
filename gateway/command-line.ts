import { parseArgs } from "node:util";
import { ConfigurationError } from "../platform/runtime/config.ts";
import { engineNames } from "./engines/registry.ts";
import type { ConfigOverrides } from "./read-config.ts";

/** What was asked for on the command line. */
export interface CommandLine {
  readonly configFile?: string | undefined;
  readonly overrides: ConfigOverrides;
  readonly asksHelp: boolean;
}

/** What `etalase gateway --help` prints. */
export const usage = `Usage: etalase gateway --supergraph FILE [--port N] [--config FILE]

  --supergraph FILE  the composed supergraph to serve: a file, an http(s) address, or uplink:GRAPH@VARIANT
  --port N           port to listen on, 0 for a free one (4000)
  --host ADDRESS     address to listen on (127.0.0.1)
  --config FILE      settings in JSON or YAML; the other options go before them
  --engine NAME      ${engineNames.join(" | ")}
  --planner NAME     native | apollo: which planner the engine etalase asks first (ETALASE_PLANNER; native)
  --help             this text

Without --config the gateway asks nobody who they are and sends requests to the addresses in the supergraph.
`;

const options = {
  supergraph: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
  config: { type: "string" },
  engine: { type: "string" },
  planner: { type: "string" },
  help: { type: "boolean" },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error);
    throw new ConfigurationError(`${message}; see etalase gateway --help`);
  }
}

function portNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text)) throw new ConfigurationError(`--port ${text}: must be a number from 0 to 65535`);
  return Number(text);
}

/** Reads the arguments after `etalase gateway`. @throws ConfigurationError for what it does not know */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { supergraph, port, host, config, engine, planner, help } = parse(args);
  return {
    configFile: config,
    overrides: { supergraph, port: portNumber(port), host, engine, planner },
    asksHelp: help === true,
  };
}
