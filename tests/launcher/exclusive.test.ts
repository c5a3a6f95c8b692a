import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { createCleanUp } from "../../launcher/clean-up.ts";
import { exclusively, tryLock } from "../../launcher/exclusive.ts";
import { explainFileFault } from "../../launcher/launch-error.ts";
import { testRunFolder } from "../support/test-run.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(testRunFolder(), "locks-of-a-test-"));
});

describe("a lock file", () => {
  test("held by a living process, answers who holds it", () => {
    const file = join(folder, "held");
    writeFileSync(file, String(process.ppid));
    expect(tryLock(file)).toEqual({ pid: process.ppid, companions: [] });
  });

  test("of a process that is gone, or is another program by now, is taken over", () => {
    const file = join(folder, "stale");
    writeFileSync(file, "4194303");
    expect(tryLock(file)).toHaveProperty("release");
    writeFileSync(file, String(process.ppid));
    expect(tryLock(file, "no-program-has-this-name")).toHaveProperty("release");
  });

  test("wanted by many, is had by one at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => exclusively(join(folder, "one"), 5_000, work)));
    expect(most).toBe(1);
  });
});

describe("cleaning up", () => {
  test("undoes in reverse order, goes on after a fault, and undoes at once what comes late", async () => {
    const done: string[] = [];
    const faults: unknown[] = [];
    const cleanUp = createCleanUp((fault) => faults.push(fault));
    cleanUp.add(() => done.push("first"));
    cleanUp.add(() => Promise.reject(new Error("no")));
    cleanUp.add(() => done.push("last"));
    await cleanUp.run();
    cleanUp.add(() => done.push("late"));
    await cleanUp.run();
    expect(done).toEqual(["last", "first", "late"]);
    expect(faults).toEqual([new Error("no")]);
  });
});

describe("a fault of the file system", () => {
  test.each([
    ["ENOSPC", "The disk that holds /data is full: free some space (about 300 MB) and start again."],
    ["EACCES", "/data cannot be written by this user (EACCES): change its owner or set ETALASE_HOME."],
  ])("%s, is one sentence that says what to do", (code, sentence) => {
    expect(explainFileFault(Object.assign(new Error(), { code }), "/data")).toMatchObject({ message: sentence });
  });

  test("of another kind, passes unchanged", () => {
    const fault = new Error("other");
    expect(explainFileFault(fault, "/data")).toBe(fault);
  });
});
