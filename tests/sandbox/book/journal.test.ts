import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { JournalError, openJournal } from "../../../sandbox/book/journal.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "etalase-journal-"));
  file = join(folder, "deep", "book.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function replayed(): Promise<unknown[]> {
  const entries: unknown[] = [];
  const journal = await openJournal(file, (entry) => entries.push(entry));
  await journal.close();
  return entries;
}

describe("journal", () => {
  test("entries, appended and flushed, are replayed in order by the next who opens it", async () => {
    const journal = await openJournal<number>(file, () => undefined);
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        journal.append(index);
        await journal.flush();
        expect(readFileSync(file, "utf8")).toContain(`${index}\n`);
      }),
    );
    await journal.close();
    expect(await replayed()).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  test("a torn last line is dropped, and what follows begins on a line of its own", async () => {
    const journal = await openJournal<object>(file, () => undefined);
    journal.append({ whole: 1 });
    await journal.close();
    appendFileSync(file, '{"torn": tru');
    const again = await openJournal<object>(file, () => undefined);
    again.append({ whole: 2 });
    await again.close();
    expect(await replayed()).toEqual([{ whole: 1 }, { whole: 2 }]);
  });

  test("a damaged line before the last is not passed over but named", async () => {
    await replayed();
    writeFileSync(file, '{"a":1}\n{"b":\n{"c":3}\n');
    await expect(replayed()).rejects.toThrow(JournalError);
    await expect(replayed()).rejects.toThrow(/the line at byte 8 is damaged; mend the file or move it away/);
  });

  test("a flush with nothing to write, before or after others, resolves", async () => {
    const journal = await openJournal<number>(file, () => undefined);
    await journal.flush();
    journal.append(1);
    await journal.flush();
    await journal.flush();
    await journal.close();
    expect(await replayed()).toEqual([1]);
  });
});
