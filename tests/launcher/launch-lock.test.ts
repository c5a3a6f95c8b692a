import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { lockHome } from "../../launcher/launch-lock.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a home folder", () => {
  test("that does not exist, is made with its parents", async () => {
    const home = join(folder, "a", "b");
    const lock = await lockHome(home, "a test");
    expect(statSync(home).isDirectory()).toBe(true);
    lock.release();
  });

  test("that is a file, or lies below one, is refused in one sentence", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const home of [file, join(file, "below")]) {
      await expect(lockHome(home, "a test")).rejects.toThrow(/cannot be made a folder \(\w+\): set ETALASE_HOME/);
    }
  });

  test("where no folder can be made, is refused at once", async () => {
    await expect(lockHome("/proc/etalase/home", "a test")).rejects.toThrow(/set ETALASE_HOME/);
  });
});
