import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { hasOption } from "./options.ts";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, "bench/results");

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short=10", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
}

function machine(): object {
  return {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
  };
}

// Before anything is measured: a machine that was busy by itself says so.
const before = machine();

/** Prints what a bench found; with `--save`, keeps it in results/<date>-<commit>.json beside what other benches found. */
export function record(bench: string, result: object): void {
  process.stdout.write(`${JSON.stringify({ bench, ...result }, null, 2)}\n`);
  if (!hasOption("save")) return;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}-${commit()}.json`);
  const present = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
  writeFileSync(file, `${JSON.stringify({ ...present, [bench]: { machine: before, ...result } }, null, 2)}\n`);
}
