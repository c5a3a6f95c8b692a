import { randomInt, randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A statement as PostgreSQL was sent it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** Whose checkout it is. */
export interface Buyer {
  readonly id: string;
  readonly addressId: string;
  /** Stands in the keys of its requests. */
  readonly key: string;
}

const entry = /^\S+ \S+ \S+ \[\d+\] (LOG|DETAIL): {2}(.*)$/;

function valuesOf(detail: string): (string | null)[] {
  const values = detail.matchAll(/\$\d+ = (?:NULL|'((?:[^']|'')*)')/g);
  return [...values].map(([whole, text]) => (whole.endsWith("NULL") ? null : (text ?? "").replaceAll("''", "'")));
}

/** The statements that a part of the server's log tells of, in their order. */
export function readStatements(log: string): Statement[] {
  const messages: { kind: string; text: string }[] = [];
  for (const line of log.split("\n")) {
    const begun = entry.exec(line);
    const last = messages.at(-1);
    if (begun !== null) messages.push({ kind: begun[1] ?? "", text: begun[2] ?? "" });
    else if (last !== undefined && line.startsWith("\t")) last.text += `\n${line.slice(1)}`;
  }
  return messages.flatMap(({ kind, text }, index) => {
    const sent = /^(?:execute [^:]+|statement): ([\s\S]*)$/.exec(text)?.[1];
    if (kind !== "LOG" || sent === undefined) return [];
    const next = messages[index + 1];
    return [{ text: sent, values: next?.kind === "DETAIL" ? valuesOf(next.text) : [] }];
  });
}

/** What the server writes into its log while something is done. */
export async function logOf(file: string, work: () => Promise<void>): Promise<string> {
  const before = statSync(file).size;
  await work();
  await sleep(300);
  return readFileSync(file).subarray(before).toString("utf8");
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const accountNo = /88123\d{15}/g;

function timeOf(id: string): number {
  return Number.parseInt(id.replace("-", "").slice(0, 12), 16);
}

/**
 * The same statements for another buyer: what was made in the recorded checkout (ids that are younger than its beginning, the
 * number of its account) is made anew, what was there is what it was.
 */
export function retell(statements: readonly Statement[], recorded: Buyer, buyer: Buyer, sinceMs: number): Statement[] {
  const made = new Map<string, string>();
  const anew = (known: string, make: () => string): string => {
    const value = made.get(known) ?? make();
    made.set(known, value);
    return value;
  };
  const retold = (text: string): string =>
    text
      .replaceAll(recorded.addressId, buyer.addressId)
      .replaceAll(recorded.id, buyer.id)
      .replaceAll(recorded.key, buyer.key)
      .replaceAll(uuid, (id) => (timeOf(id) < sinceMs ? id : anew(id, randomUUID)))
      .replaceAll(accountNo, (no) => anew(no, () => `88123${randomInt(1e7, 1e8)}${randomInt(1e6, 1e7)}`));
  return statements.map(({ text, values }) => ({
    text,
    values: values.map((value) => (value === null ? null : retold(value))),
  }));
}
