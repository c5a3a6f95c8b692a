import { exitAfterLog } from "./log-output.ts";
import type { Logger } from "./logger.ts";

/** Ends one part of a process; called once. */
export type Closer = () => Promise<void> | void;

/** The order in which a process ends its parts: last started, first closed. */
export interface Shutdown {
  /** Adds a part to close, which may take `withinMs` (10 s when absent). */
  readonly add: (name: string, close: Closer, withinMs?: number) => void;
  /** Closes all parts and ends the process with the code once its log is written. Calling again changes nothing. */
  readonly now: (reason: string, exitCode?: number) => Promise<void>;
}

const defaultDeadlineMs = 10_000;

/**
 * Ends the process in good order on SIGTERM, SIGINT and when the parent that started it with an IPC channel is gone,
 * so that a killed launcher leaves nobody behind. Parts that do not close in time are abandoned with exit code 1.
 */
export function createShutdown(logger: Logger): Shutdown {
  const parts: { name: string; close: Closer; withinMs: number }[] = [];
  let running: Promise<void> | undefined;

  async function run(reason: string, exitCode: number): Promise<void> {
    logger.info({ reason }, "stopping");
    setTimeout(
      () => {
        logger.error({ reason }, "parts did not close in time; exiting");
        exitAfterLog(1);
      },
      Math.max(defaultDeadlineMs, ...parts.map(({ withinMs }) => withinMs)),
    ).unref();
    for (const part of parts.reverse()) {
      try {
        await part.close();
      } catch (error) {
        logger.error({ err: error, part: part.name }, "a part did not close cleanly");
      }
    }
    exitAfterLog(exitCode);
  }

  const now: Shutdown["now"] = (reason, exitCode = 0) => {
    running ??= run(reason, exitCode);
    return running;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void now(signal));
  if (process.connected) process.on("disconnect", () => void now("the parent process is gone"));
  return { add: (name, close, withinMs = defaultDeadlineMs) => void parts.push({ name, close, withinMs }), now };
}

/**
 * Runs a process's main function: a fault while starting is written as a sentence to stderr and to the log, exit code 1.
 */
export function runMain(logger: Logger, main: (shutdown: Shutdown) => Promise<void>): void {
  const shutdown = createShutdown(logger);
  process.on("unhandledRejection", (error) => {
    logger.fatal({ err: error }, "unhandled rejection");
    void shutdown.now("unhandled rejection", 1);
  });
  main(shutdown).catch((error: unknown) => {
    logger.fatal({ err: error }, "could not start");
    process.stderr.write(`${logger.bindings().name}: ${error instanceof Error ? error.message : String(error)}\n`);
    void shutdown.now("could not start", 1);
  });
}
