#!/usr/bin/env node
// The command line: `etalase gateway ...`. The program itself is dist/, which `npm run build` makes.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const entries = {
  gateway: "../dist/gateway/main.js",
  up: "../dist/launcher/up.js",
  reset: "../dist/launcher/reset.js",
};
const [command, ...args] = process.argv.slice(2);
const entry = entries[command];

if (entry === undefined) {
  process.stderr.write(`Usage: etalase <${Object.keys(entries).join(" | ")}> [options]\n`);
  process.exit(2);
}
const file = fileURLToPath(new URL(entry, import.meta.url));
if (!existsSync(file)) {
  process.stderr.write("etalase is not built yet: run `npm run build` first.\n");
  process.exit(2);
}
process.argv = [process.argv[0], file, ...args];
await import(file);
