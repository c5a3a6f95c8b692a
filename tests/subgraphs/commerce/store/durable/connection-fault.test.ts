import { describe, expect, test } from "@jest/globals";
import { isConnectionFault } from "../../../../../subgraphs/commerce/store/durable/connection-fault.ts";

const withFields = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

describe("a connection fault", () => {
  test.each([
    ["Prisma's unreachable server", withFields("x", { code: "P1001" })],
    [
      "a raw query's driver error",
      withFields("x", { code: "P2010", meta: { driverAdapterError: { cause: { originalCode: "57P01" } } } }),
    ],
    ["the driver's words", new Error("DriverAdapterError: DatabaseNotReachable")],
    ["a dead client", new Error("Client has encountered a connection error and is not queryable")],
    ["a refused socket", withFields("connect", { code: "ECONNREFUSED" })],
    ["a fault wrapped in another", new Error("outer", { cause: withFields("x", { code: "08006" }) })],
  ])("%s is one", (_what, error) => {
    expect(isConnectionFault(error)).toBe(true);
  });

  test.each([
    ["a constraint", withFields("x", { code: "P2002" })],
    [
      "a deadlock",
      withFields("x", { code: "P2010", meta: { driverAdapterError: { cause: { originalCode: "40P01" } } } }),
    ],
    ["a bug", new TypeError("undefined is not a function")],
    ["no error at all", "P1001"],
  ])("%s is none", (_what, error) => {
    expect(isConnectionFault(error)).toBe(false);
  });
});
