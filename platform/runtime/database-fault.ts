// Faults of the connection to PostgreSQL, as Prisma, pg and the system name them; a retry later may succeed.
const faultCode =
  /^(P1\d{3}|P2024|P2028|P2034|P2037|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08\d{3}|53\d{3}|57P0\d|57014)$/;
// Those that say for sure that the transaction is rolled back, or never began.
const rolledBackCode = /^(P2024|P2028|P2034|P2037|ECONNREFUSED|53\d{3}|57014)$/;
// pg and its pool give these no code; the words stand in their sources. The first line is Prisma's kinds.
const faultWords = new RegExp(
  [
    "DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections",
    "Connection terminated|timeout exceeded when trying to connect|is not queryable",
  ].join("|"),
);

interface Said {
  readonly codes: readonly string[];
  readonly words: readonly string[];
}

function texts(...values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string");
}

/** What an error and those behind it say: Prisma hides the driver's in `meta`, and there the server's in `cause`. */
function saidBy(error: unknown, depth = 0): Said {
  // By its shape: an error of another realm (a worker, a test runner) is no instance of this one's Error.
  if (typeof error !== "object" || error === null || depth >= 6) return { codes: [], words: [] };
  const shape = error as Readonly<Record<string, unknown>>;
  const { driverAdapterError } = (shape.meta ?? {}) as { readonly driverAdapterError?: unknown };
  const behind = [saidBy(shape.cause, depth + 1), saidBy(driverAdapterError, depth + 1)];
  return {
    codes: [...texts(shape.code, shape.originalCode), ...behind.flatMap(({ codes }) => codes)],
    words: [...texts(shape.message, shape.originalMessage, shape.kind), ...behind.flatMap(({ words }) => words)],
  };
}

/** Whether an error, or one that it wraps, says that the database does not answer now. */
export function isDatabaseFault(error: unknown): boolean {
  const { codes, words } = saidBy(error);
  return codes.some((code) => faultCode.test(code)) || words.some((text) => faultWords.test(text));
}

/** The connection was lost while a transaction was being committed: whether it was, nobody has said. `cause` has the fault. */
export class CommitLostError extends Error {
  override readonly name = "CommitLostError";
  constructor(cause: unknown) {
    super("the connection was lost at COMMIT; look whether the work is done before doing it again", { cause });
  }
}

/** Whether a fault at COMMIT leaves open what became of the transaction. */
export function leavesCommitOpen(fault: unknown): boolean {
  return isDatabaseFault(fault) && !saidBy(fault).codes.some((code) => rolledBackCode.test(code));
}
