#!/usr/bin/env node
// The command line: `etalase gateway ...`. The program itself is dist/, which the build makes.
import { spawnSync } from "node:child_process";
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
  // A fresh clone: build it once, so that `npm ci` is all that goes before.
  process.stderr.write("etalase is not built yet; building (this is done once)\n");
  const build = fileURLToPath(new URL("../tools/build.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, [build], { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0 || !existsSync(file)) {
    process.stderr.write("etalase cannot be built: run `npm ci`, then `npm run build`, and mend what they say.\n");
    process.exit(2);
  }
}
process.argv = [process.argv[0], file, ...args];
await import(file);
