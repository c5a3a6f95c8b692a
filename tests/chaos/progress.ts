import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** What a buyer was told of a checkout. */
export interface CheckoutAnswer {
  /** `refused`: by a value that says so; `silent`: no answer in all the time. */
  readonly kind: "success" | "refused" | "silent";
  readonly paymentId: string | null;
}

/** A line of the storm's diary. `n` is the number of a checkout. */
export type Entry =
  /** The cart that is about to be bought: a resumed checkout buys the same. */
  | { readonly entry: "cart"; readonly n: number; readonly version: number }
  | { readonly entry: "answered"; readonly n: number; readonly answer: CheckoutAnswer }
  /** The buyer was told that it is paid. */
  | { readonly entry: "told-paid"; readonly n: number }
  | { readonly entry: "cancelled"; readonly n: number; readonly orderId: string }
  | { readonly entry: "done"; readonly n: number; readonly act: string }
  | { readonly entry: "killed"; readonly what: string; readonly point: string | null }
  /** A process ended that nobody had killed. */
  | { readonly entry: "ended"; readonly what: string; readonly how: string }
  /** An answer that says no more than that something is wrong inside. */
  | { readonly entry: "masked"; readonly operation: string };

/** What happened so far, on disk and in memory. */
export interface Diary {
  readonly write: (entry: Entry) => void;
  readonly of: <Kind extends Entry["entry"]>(kind: Kind) => readonly Extract<Entry, { entry: Kind }>[];
}

/** Opens the diary of a storm; a torn last line is dropped. */
export function openDiary(file: string): Diary {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const whole = lines.slice(0, -1);
  const byKind = new Map<string, Entry[]>();
  const keep = (entry: Entry): void => {
    const list = byKind.get(entry.entry);
    if (list === undefined) byKind.set(entry.entry, [entry]);
    else list.push(entry);
  };
  for (const line of whole) if (line.startsWith("{") && line.endsWith("}")) keep(JSON.parse(line) as Entry);
  if (lines.at(-1) !== undefined && lines.at(-1) !== "") appendFileSync(file, "\n");
  return {
    write: (entry) => {
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
      keep(entry);
    },
    of: (kind) => (byKind.get(kind) ?? []) as never,
  };
}
