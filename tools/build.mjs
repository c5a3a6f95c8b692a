// Makes everything that is generated and compiles dist/. Each step is skipped when its inputs are those of the last time.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamps = join(root, ".cache", "build");

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !["client", "generated", "node_modules"].includes(entry.name))
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}

function digest(inputs) {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap((input) => filesBelow(join(root, input))).sort()) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function run(name, script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${name} failed:\n${output}`));
    });
  });
}

async function step({ name, inputs, outputs, script, args }) {
  const now = digest(["package-lock.json", "tools/build.mjs", ...inputs]);
  const stamp = join(stamps, name.replaceAll(/\W+/g, "-"));
  const isFresh = existsSync(stamp) && readFileSync(stamp, "utf8") === now;
  if (isFresh && outputs.every((output) => existsSync(join(root, output)))) return;
  const startedAt = Date.now();
  await run(name, script, args);
  writeFileSync(stamp, now);
  process.stderr.write(`  ${name} ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

const prismaClient = (organisation) => ({
  name: `prisma client of ${organisation}`,
  inputs: [`prisma/${organisation}/schema.prisma`],
  outputs: [`prisma/${organisation}/client/client.ts`],
  script: "prisma/build/index.js",
  args: ["generate", "--config", `prisma/${organisation}/prisma.config.ts`],
});

const organisations = readdirSync(join(root, "prisma")).filter((name) =>
  existsSync(join(root, "prisma", name, "schema.prisma")),
);
const sources = ["platform", "gateway", "subgraphs", "sandbox", "launcher", "prisma", "schema", "tools"];

mkdirSync(stamps, { recursive: true });
try {
  await Promise.all([
    ...organisations.map((organisation) => step(prismaClient(organisation))),
    step({
      name: "types from the schema",
      inputs: ["codegen.yml", "schema", "tools/federation-directives.graphql"],
      outputs: ["subgraphs/commerce/generated", "subgraphs/storefront/generated"],
      script: "@graphql-codegen/cli/cjs/bin.js",
      args: ["--config", "codegen.yml", "--silent"],
    }),
  ]);
  await step({
    name: "compile",
    inputs: ["tsconfig.json", "tsconfig.build.json", "codegen.yml", ...sources],
    outputs: ["dist"],
    script: "typescript/bin/tsc",
    args: ["--project", "tsconfig.build.json"],
  });
  // Only who imports the package needs these, so that starting does not wait for them.
  if (process.argv.includes("--declarations")) {
    await step({
      name: "declarations",
      inputs: ["tsconfig.json", "tsconfig.declarations.json", "platform", "gateway"],
      outputs: ["dist/gateway/etalase-gateway.d.ts"],
      script: "typescript/bin/tsc",
      args: ["--project", "tsconfig.declarations.json"],
    });
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
