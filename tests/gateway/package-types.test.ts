import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";

const run = promisify(execFile);
const consumer = mkdtempSync(join(tmpdir(), "etalase-consumer-"));
const installed = join(projectRoot, "node_modules");

const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

/** The lines that the compiler refuses of a program that imports the package as others do, each with the error's code. */
async function mistakesIn(lines: readonly string[]): Promise<readonly (readonly [line: string, code: string])[]> {
  writeFileSync(join(consumer, "consumer.ts"), lines.join("\n"));
  const compiler = join(installed, "typescript/bin/tsc");
  const text = await run(process.execPath, [compiler, "--pretty", "false", "--project", consumer]).then(
    () => "",
    (failure: { stdout: string }) => failure.stdout,
  );
  return [...text.matchAll(/^\S.*\((\d+),\d+\): error (TS\d+)/gm)].map(([, line, code]) => [
    lines[Number(line) - 1] ?? "",
    code ?? "",
  ]);
}

beforeAll(async () => {
  await run(process.execPath, [join(projectRoot, "tools/build.mjs"), "--declarations"]);
  mkdirSync(join(consumer, "node_modules"));
  symlinkSync(projectRoot, join(consumer, "node_modules/etalase"));
  for (const name of ["@apollo", "@types", "graphql"])
    symlinkSync(join(installed, name), join(consumer, "node_modules", name));
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
}, 240_000);
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

test("the package, imported into a strict program, is a gateway for Apollo Server and refuses what it does not take", async () => {
  const right = [
    'import { ApolloServer } from "@apollo/server";',
    'import { createEtalaseGateway, type EtalaseGatewayOptions } from "etalase";',
    'const options: EtalaseGatewayOptions = { supergraphSdl: "", planner: "apollo", headers: (to) => ({ to }) };',
    "export const server = new ApolloServer({ gateway: createEtalaseGateway(options) });",
  ];
  // A declaration that is not found, or that loses a type on the way, would let these pass.
  const wrong = [
    ['createEtalaseGateway({ supergraphSdl: "", planner: "another" });', "TS2322"],
    ["createEtalaseGateway({});", "TS2741"],
    ['createEtalaseGateway({ supergraphSdl: "", headers: () => ({ a: 1 }) });', "TS2322"],
    ['createEtalaseGateway({ supergraphSdl: "", logger: {} });', "TS2322"],
    ['createEtalaseGateway({ supergraphSdl: "" }).start();', "TS2339"],
  ] as const;
  expect(await mistakesIn([...right, ...wrong.map(([line]) => line)])).toEqual(wrong);
}, 240_000);

test("the package, packed, has what it exports", async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], {
    cwd: projectRoot,
    maxBuffer: 2 ** 26,
  });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  const { exports } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    exports: Record<string, string | Record<string, string>>;
  };
  const paths = new Set(packed?.files.map(({ path }) => `./${path}`));
  const exported = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  expect(exported.filter((path) => !paths.has(path))).toEqual([]);
});
