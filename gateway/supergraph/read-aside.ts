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

/** Reads supergraphs one after the other, beside the thread that answers requests. */
export interface AsideReader {
  /** parseSupergraph. Rejects as it throws, or when it takes a minute. One at a time. */
  readonly read: (sdl: string, source: string) => Promise<Supergraph>;
  readonly close: () => void;
}

class Reader implements AsideReader {
  readonly #idleMs: number;
  #thread: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  readonly read = async (sdl: string, source: string): Promise<Supergraph> => {
    clearTimeout(this.#idleTimer);
    const thread = this.#thread ?? this.#start();
    // It keeps the process alive while it reads, and no longer.
    thread.ref();
    try {
      const read = await answerOf(thread, sdl, source);
      this.#idleTimer = setTimeout(this.close, this.#idleMs).unref();
      thread.unref();
      if ("refused" in read) throw new ConfigurationError(read.refused);
      return { sdl, ...read };
    } catch (error) {
      // One that said nothing may still be at work.
      if (!(error instanceof ConfigurationError)) this.close();
      throw error;
    }
  };

  #start(): Worker {
    const thread = new Worker(threadFile, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 1_024 } });
    this.#thread = thread;
    // Without a listener, an error that comes when nothing is read would end the gateway.
    thread.on("error", () => undefined);
    thread.on("exit", () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }

  readonly close = (): void => {
    clearTimeout(this.#idleTimer);
    void this.#thread?.terminate();
    this.#thread = undefined;
  };
}

function answerOf(thread: Worker, sdl: string, source: string): Promise<Read> {
  return new Promise<Read>((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      thread.off("error", failed).off("exit", ended).off("message", heard);
      act();
    };
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) => settle(() => reject(new Error(`${source}: its reader ended (${code})`)));
    const heard = (read: Read) => settle(() => resolve(read));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${source}: reading it took longer than ${timeoutMs} ms`))),
      timeoutMs,
    );
    thread.on("error", failed).on("exit", ended).on("message", heard);
    thread.postMessage({ sdl, source });
  });
}

/** @param idleMs - after which the thread is ended; loading its modules takes longer than most supergraphs do */
export function createAsideReader(idleMs = 60_000): AsideReader {
  return new Reader(idleMs);
}
