// Builds what is killed, compiles the storm and runs it: `npm run chaos -- --short`. See README.md beside this file.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

const folder = import.meta.dirname;
const root = join(folder, "../..");

function run(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run([join(root, "tools/build.mjs")]);
run([join(root, "node_modules/typescript/bin/tsc"), "--project", join(folder, "tsconfig.json")]);
const storm = spawn(
  process.execPath,
  ["--enable-source-maps", join(root, ".cache/chaos/build/tests/chaos/storm.js"), ...process.argv.slice(2)],
  { stdio: "inherit" },
);
// The storm ends what it started, so it must hear of it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => storm.kill(signal));
storm.on("close", (code) => process.exit(code ?? 1));
