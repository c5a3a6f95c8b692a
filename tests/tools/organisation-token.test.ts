import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "@jest/globals";
import { createTokenVerifier } from "../../platform/runtime/organisation-token.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";

const parent = mkdtempSync(join(tmpdir(), "etalase-token-"));
const folder = join(parent, "keys");

afterAll(() => rmSync(parent, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const program = join(projectRoot, "dist", "tools", "organisation-token.js");
  return (await promisify(execFile)(process.execPath, [program, ...args])).stdout.trim();
}

describe("the token of a stand-in gateway", () => {
  test("two tokens, made one after the other, are accepted by the organisation they are for, under one key", async () => {
    const tokens = [await run("storefront", folder, "storefront:engage"), await run("storefront", folder)];
    const keys = JSON.parse(readFileSync(join(folder, "jwks.json"), "utf8"));
    const { verify } = createTokenVerifier(keys, "storefront", "etalase-gateway");
    const callers = await Promise.all(tokens.map((token) => verify(`Bearer ${token}`)));
    expect(callers.map(({ scopes }) => [...scopes])).toEqual([
      ["storefront:browse", "storefront:engage"],
      ["storefront:browse"],
    ]);
    expect(statSync(join(folder, "key.json")).mode & 0o777).toBe(0o600);
  });

  test("the program, without its arguments, says how it is used", async () => {
    await expect(run()).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("Usage:") });
  });
});
