// Compiles the benches and runs one: `node bench/run.mjs engine --rounds 2`. Without a name it runs all and draws them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const [name, ...options] = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));

function run(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(folder, "node_modules"))) {
  process.stderr.write("the peers are not installed: npm install --prefix bench --ignore-scripts --no-package-lock\n");
  process.exit(2);
}
run([join(folder, "../tools/build.mjs")]);
run([join(folder, "../node_modules/typescript/bin/tsc"), "--project", join(folder, "tsconfig.json")]);
if (name === "all" || name === undefined || name.startsWith("--")) {
  const given = name?.startsWith("--") ? [name, ...options] : options;
  for (const each of names) run([join(folder, "dist", `${each}.bench.js`), ...given]);
  run([join(folder, "dist/draw.js")]);
} else if (name === "draw") run([join(folder, "dist/draw.js"), ...options]);
else if (names.includes(name)) run([join(folder, "dist", `${name}.bench.js`), ...options]);
else {
  process.stderr.write(`no bench is called ${name}; there are ${names.join(", ")}, draw and all\n`);
  process.exit(2);
}
