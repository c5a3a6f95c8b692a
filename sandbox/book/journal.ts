import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/** A book on disk cannot be read or written. Its message says which file and what to do. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/** An append-only file of JSON lines. */
export interface Journal<Entry> {
  /** Appends an entry. It is on disk once a later `flush` has resolved. @throws JournalError after a failed write. */
  readonly append: (entry: Entry) => void;
  /** Resolves when everything appended so far is on disk (fsync). @throws JournalError */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** Hands every whole line to `replay`; returns how many bytes they take. A torn last line has no line end. */
function replayLines<Entry>(file: string, content: Buffer, replay: (entry: Entry) => void): number {
  let start = 0;
  for (let end = content.indexOf(0x0a); end >= 0; end = content.indexOf(0x0a, start)) {
    try {
      replay(JSON.parse(content.toString("utf8", start, end)) as Entry);
    } catch (cause) {
      throw new JournalError(`${file}: the line at byte ${start} is damaged; mend the file or move it away`, { cause });
    }
    start = end + 1;
  }
  return start;
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}

/** Writes what was appended in batches: all callers that wait for one fsync share it. */
function createWriter<Entry>(file: string, handle: FileHandle): Journal<Entry> {
  let pending: string[] = [];
  let writing: Promise<void> | undefined;
  let failure: JournalError | undefined;

  async function writePending(): Promise<void> {
    try {
      while (pending.length > 0) {
        const lines = pending.join("");
        pending = [];
        await handle.appendFile(lines);
        await handle.datasync();
      }
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? "unknown error";
      failure = new JournalError(`${file}: cannot be written (${reason}); free the disk and start again`, { cause });
      throw failure;
    } finally {
      // In the same step as the last look at `pending`: whatever is appended later starts a writer of its own.
      writing = undefined;
    }
  }

  async function flush(): Promise<void> {
    if (failure !== undefined) throw failure;
    if (writing === undefined && pending.length === 0) return;
    writing ??= writePending();
    await writing;
  }

  return {
    append(entry) {
      if (failure !== undefined) throw failure;
      pending.push(`${JSON.stringify(entry)}\n`);
    },
    flush,
    async close() {
      if (failure === undefined) await flush();
      await handle.close();
    },
  };
}

/**
 * Opens a journal: replays its entries in order, drops a torn last line (the writer was killed before it answered anyone),
 * and continues behind the last whole one.
 * @throws JournalError when a line before the last is damaged.
 */
export async function openJournal<Entry>(file: string, replay: (entry: Entry) => void): Promise<Journal<Entry>> {
  mkdirSync(dirname(file), { recursive: true });
  const content = readWhole(file);
  const wholeBytes = replayLines(file, content, replay);
  if (wholeBytes < content.length) truncateSync(file, wholeBytes);
  const handle = await open(file, "a", 0o600);
  syncFolder(dirname(file));
  return createWriter(file, handle);
}
