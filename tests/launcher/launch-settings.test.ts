import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { checkPorts, readLaunchSettings } from "../../launcher/launch-settings.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { freePorts } from "../support/ports.ts";

describe("the launcher's settings", () => {
  test("of an empty environment, are the documented ones", () => {
    expect(readLaunchSettings("/root-of-checkout", { ETALASE_PORT_GATEWAY: "" })).toEqual({
      home: "/root-of-checkout/.etalase",
      ports: {
        gateway: 4000,
        storefront: 4001,
        storefrontEvents: 4005,
        commerce: 4002,
        commerceCallback: 4003,
        commerceWorker: 4004,
        identity: 4100,
        bankCendana: 4101,
        kantong: 4102,
        bankMeranti: 4103,
        lumbung: 4104,
        gerbang: 4105,
        lintasKurir: 4106,
        rantauEkspres: 4107,
      },
      postgresPort: undefined,
      logLevel: "info",
      seedScale: undefined,
      paymentTtlSeconds: undefined,
    });
  });

  test("with a port that is none, are refused by the variable's name", () => {
    expect(() => readLaunchSettings("/r", { ETALASE_PORT_KANTONG: "many" })).toThrow(
      "environment: ETALASE_PORT_KANTONG: must be a port, 1 to 65535",
    );
  });
});

describe("the ports of a deployment", () => {
  test("all free, are accepted", async () => {
    await checkPorts(await freePorts());
  });

  test.each(["127.0.0.1", "0.0.0.0"])("one taken on %s, is told with who wants it and what to set", async (host) => {
    const ports = await freePorts();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(ports.bankCendana, host, resolve));
    await expect(checkPorts(ports)).rejects.toThrow(
      `Port ${ports.bankCendana} is taken by another program, and the sandbox's bank wants it: stop that program or set ETALASE_PORT_BANK_CENDANA to a free port.`,
    );
    other.close();
  });

  test("two the same, are told by both variables", async () => {
    const ports = await freePorts();
    await expect(checkPorts({ ...ports, kantong: ports.gateway })).rejects.toThrow(
      `ETALASE_PORT_GATEWAY and ETALASE_PORT_KANTONG are both ${ports.gateway}: set one to another port.`,
    );
  });

  test("claimed by many at once, are never given twice", async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimPorts(5)));
    expect(new Set(claims.flat()).size).toBe(100);
  });
});
