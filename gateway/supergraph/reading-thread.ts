import { parentPort } from "node:worker_threads";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import { parseSupergraph } from "./read-supergraph.ts";

// Reads a supergraph beside the thread that answers requests: a large one takes hundreds of milliseconds.

parentPort?.on("message", ({ sdl, source }: { sdl: string; source: string }) => {
  try {
    const { version, subgraphs } = parseSupergraph(sdl, source);
    parentPort?.postMessage({ version, subgraphs });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    parentPort?.postMessage({ refused: error.message });
  }
});
