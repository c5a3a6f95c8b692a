import { describe, expect, test } from "@jest/globals";
import { isOfFullDisk, needed } from "../../launcher/full-disk.ts";

const plenty = 2 ** 40;

describe("a failure", () => {
  // What a start says whose home is on a disk of 20 to 75 MB.
  test.each([
    'FATAL:  could not write to file "pg_wal/xlogtemp.61": No space left on device',
    "PANIC:  cannot abort transaction 1, it was already committed",
    'commerce-migrate: could not extend file "base/16389/17357": wrote only 4096 of 8192 bytes at block 0',
    "Error: ENOSPC: no space left on device, write",
    "Error: EDQUOT: disk quota exceeded, mkdir",
  ])("that says %s, is of a full disk", (output) => {
    expect(isOfFullDisk(output, "/", needed.running, plenty)).toBe(true);
  });

  test("that says nothing of it, is of a full disk when less is free than was needed", () => {
    expect(isOfFullDisk("", "/", needed.running, needed.running - 1)).toBe(true);
    expect(isOfFullDisk("", "/", needed.newDatabase, needed.newDatabase - 1)).toBe(true);
    expect(isOfFullDisk("", "/", needed.running, needed.running)).toBe(false);
  });

  test("of something else, on a disk with room or a path that is none, is not of a full disk", () => {
    expect(isOfFullDisk("FATAL:  role does not exist", "/")).toBe(false);
    expect(isOfFullDisk("", "/nowhere/at/all")).toBe(false);
  });
});
