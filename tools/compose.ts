import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { projectRoot } from "../platform/runtime/project-root.ts";
import { CompositionError, composeSupergraph, type SubgraphSource } from "./supergraph-composition.ts";

// Composes schema/subgraphs/*.graphql into schema/supergraph.graphql; with --check it only compares.

const listFile = "schema/subgraphs.yaml";
const outputFile = "schema/supergraph.graphql";
const subgraphList = z.record(z.string(), z.strictObject({ url: z.url() }));

function readSources(): SubgraphSource[] {
  const list = subgraphList.parse(parseYaml(readFileSync(join(projectRoot, listFile), "utf8")));
  return Object.entries(list).map(([name, { url }]) => {
    const file = `schema/subgraphs/${name}.graphql`;
    return { name, url, file, sdl: readFileSync(join(projectRoot, file), "utf8") };
  });
}

function main(args: readonly string[]): number {
  const { supergraphSdl, remarks } = composeSupergraph(readSources());
  for (const remark of remarks) process.stderr.write(`remark: ${remark}\n`);
  const path = join(projectRoot, outputFile);
  const present = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (args.includes("--check")) {
    if (present === supergraphSdl) return 0;
    process.stderr.write(`${outputFile} is stale: run \`npm run schema:compose\` and commit the result.\n`);
    return 1;
  }
  if (present !== supergraphSdl) writeFileSync(path, supergraphSdl);
  process.stdout.write(`${outputFile} ${present === supergraphSdl ? "is up to date" : "written"}.\n`);
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CompositionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
