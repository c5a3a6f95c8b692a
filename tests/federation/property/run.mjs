// Compiles the search and runs it: `npm run federation:property -- --cases 5000 --seed 1 --shard 1/2`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

const folder = import.meta.dirname;
const root = join(folder, "../../..");

function run(args) {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (signal !== null) process.stderr.write(`the search ended by ${signal}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

run([join(root, "node_modules/typescript/bin/tsc"), "--project", join(folder, "tsconfig.json")]);
run([
  "--enable-source-maps",
  join(root, ".cache/federation/tests/federation/property/search.js"),
  ...process.argv.slice(2),
]);
