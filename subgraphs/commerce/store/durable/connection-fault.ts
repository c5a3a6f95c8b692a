// Prisma: server unreachable, timed out, connection closed, no connection from the pool in time.
const prismaCodes = /^(P1001|P1002|P1008|P1017|P2024)$/;
// PostgreSQL: connection exceptions, too many connections, shutting down or starting.
const sqlStates = /^(08\d{3}|53300|57P0[123])$/;
const systemCodes = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const messages =
  /DatabaseNotReachable|Connection terminated|connection timeout|ConnectionClosed|connection error and is not queryable|Unable to start a transaction/i;

function codesOf(error: object): string[] {
  const { code, meta } = error as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { originalCode?: unknown; kind?: unknown } } };
  };
  const inner = meta?.driverAdapterError?.cause;
  return [code, inner?.originalCode].filter((value) => typeof value === "string");
}

/**
 * Whether an error says that the database could not be talked to, so that nothing is known about the work itself. A commit
 * whose answer was lost is one too: whoever repeats must look at the record first.
 */
export function isConnectionFault(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const isKnown = codesOf(cause).some(
      (code) => prismaCodes.test(code) || sqlStates.test(code) || systemCodes.test(code),
    );
    if (isKnown || messages.test(cause.message)) return true;
  }
  return false;
}
