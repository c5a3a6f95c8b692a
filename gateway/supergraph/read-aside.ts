import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import type { Supergraph } from "./supergraph.ts";

// Sources run as they are in tests, but a thread of Node 20 reads JavaScript alone: the built one.
const threadFile = import.meta.url.endsWith(".ts")
  ? `${projectRoot}/dist/gateway/supergraph/reading-thread.js`
  : fileURLToPath(new URL("./reading-thread.js", import.meta.url));

const timeoutMs = 60_000;

type Read = Omit<Supergraph, "sdl"> | { readonly refused: string };

/** parseSupergraph in a thread of its own, so that requests go on. Rejects as it throws, or when it takes a minute. */
export function readAside(sdl: string, source: string): Promise<Supergraph> {
  const thread = new Worker(threadFile, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 1_024 } });
  return new Promise<Supergraph>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${source}: reading it took longer than ${timeoutMs} ms`)),
      timeoutMs,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    thread.once("error", (error) => settle(() => reject(error)));
    thread.once("exit", (code) => settle(() => reject(new Error(`${source}: its reader ended (${code})`))));
    thread.once("message", (read: Read) =>
      settle(() => ("refused" in read ? reject(new ConfigurationError(read.refused)) : resolve({ sdl, ...read }))),
    );
    thread.postMessage({ sdl, source });
  }).finally(() => thread.terminate());
}
