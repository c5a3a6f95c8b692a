import process from "node:process";
import { destination } from "pino";

// Longer than a reader that lives pauses; short of what supervisors wait before they kill.
const waitsForReaderMs = 3_000;
/** A write that the system holds up gives no error; the exit of the process would wait for it. */
const killedAfterMs = 4_000;

let output: ReturnType<typeof destination> | undefined;
let isBroken = false;
let hasGivenUp = false;
let isEnding = false;

/** Where all loggers of the process write: stdout, without waiting for it. Made when first asked for. */
export function logOutput(): ReturnType<typeof destination> {
  if (output !== undefined) return output;
  output = destination({ sync: false, retryEAGAIN: () => !hasGivenUp });
  output.on("error", (error: NodeJS.ErrnoException) => {
    isBroken = true;
    // pino goes on without a log once its reader has gone; any other fault ends the process unless it is ending.
    if (error.code !== "EPIPE" && !isEnding) throw error;
  });
  return output;
}

/**
 * Ends the process once its log is written. What a reader of the log that has gone or stands still did not take in
 * 3 s is lost; where the system holds a write up, the process ends a second later by SIGKILL. The first call counts.
 */
export function exitAfterLog(code: number): void {
  if (isEnding) return;
  isEnding = true;
  const stream = output;
  if (stream === undefined || isBroken) process.exit(code);
  const exit = (): never => {
    // It would try for ever to write to a pipe whose reader has gone (sonic-boom 4.2.1 waits after any error).
    stream.flushSync = () => {};
    process.exit(code);
  };
  stream.once("drain", exit);
  stream.once("error", exit);
  setTimeout(() => {
    hasGivenUp = true;
  }, waitsForReaderMs);
  setTimeout(() => process.kill(process.pid, "SIGKILL"), killedAfterMs);
  // Of what is written already there may be no more news.
  stream.write("");
}
