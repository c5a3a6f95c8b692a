import { describe, expect, test } from "@jest/globals";
import { isDatabaseFault, leavesCommitOpen } from "../../../platform/runtime/database-fault.ts";

function driverError(code: string, originalCode: string): Error {
  const driverAdapterError = Object.assign(new Error("postgres"), { cause: { originalCode, kind: "postgres" } });
  return Object.assign(new Error(`Database error. Code: \`${originalCode}\``), { code, meta: { driverAdapterError } });
}

const lost: [string, Error][] = [
  ["pg: Connection terminated", new Error("Connection terminated unexpectedly")],
  ["pg: not queryable", new Error("Client has encountered a connection error and is not queryable")],
  ["Prisma around a server that shuts down", driverError("P2039", "57P01")],
  ["Prisma's raw query around a server that shuts down", driverError("P2010", "57P01")],
  ["the system", Object.assign(new Error("read"), { code: "ECONNRESET" })],
  ["a wrapped one", new Error("not saved", { cause: driverError("P2039", "08006") })],
];

const neverBegun: [string, Error][] = [
  ["pg-pool without a free connection", new Error("timeout exceeded when trying to connect")],
  ["the system, refused", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
];

const rolledBack: [string, Error][] = [
  ["Prisma, out of time for the transaction", Object.assign(new Error("expired"), { code: "P2028" })],
  ["a statement that ran too long", driverError("P2010", "57014")],
];

describe("an error of the database", () => {
  test.each([...lost, ...neverBegun, ...rolledBack])("of %s, is a fault of the database", (_, error) => {
    expect(isDatabaseFault(error)).toBe(true);
  });

  test.each(lost)("of %s, at COMMIT leaves open what became of it", (_, error) => {
    expect(leavesCommitOpen(error)).toBe(true);
  });

  test.each(rolledBack)("of %s, at COMMIT says that it was rolled back", (_, error) => {
    expect(leavesCommitOpen(error)).toBe(false);
  });

  test.each([
    ["a broken constraint", driverError("P2039", "23514")],
    ["a bug", new TypeError("x is not a function")],
    ["nothing", undefined],
  ])("of %s, is none of its connection", (_, error) => {
    expect(isDatabaseFault(error)).toBe(false);
    expect(leavesCommitOpen(error)).toBe(false);
  });

  test("that is its own cause, is looked at and let go", () => {
    const error = new Error("round");
    error.cause = error;
    expect(isDatabaseFault(error)).toBe(false);
  });
});
