import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const tailBytes = 16_384;

/** The end of a log file, at most 16 KiB; empty when there is none. */
export function tailOf(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8");
  } finally {
    closeSync(handle);
  }
}

function inWords(line: string): string {
  try {
    const entry = JSON.parse(line) as { msg?: unknown; err?: { message?: unknown } };
    return [entry.msg, entry.err?.message].filter((part) => typeof part === "string").join(": ");
  } catch {
    return line;
  }
}

/** The last lines of a log file for people: of a JSON line (pino) its message and the error's. */
export function lastLines(file: string, count: number): string[] {
  return tailOf(file)
    .split("\n")
    .map(inWords)
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

// What Node prints around an uncaught error: the place, the source line, a mark, the stack, its own version.
const noise = /^(\s+at |\s*\^|node:|file:|Node\.js v|\s*throw |[{}\s]*$)/;

/** The sentence with which a process ended: its last plain line, before that an error's; else what its JSON says. */
export function lastSentence(file: string): string {
  const plain = tailOf(file)
    .split("\n")
    .filter((line) => !line.startsWith("{") && !noise.test(line));
  const sentence = plain.findLast((line) => /^\w*Error\b/.test(line)) ?? plain.at(-1) ?? lastLines(file, 1)[0];
  return (sentence ?? "it left no message").trim();
}
