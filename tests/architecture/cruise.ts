import { existsSync } from "node:fs";
import { join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractConfiguration from "dependency-cruiser/config-utl/extract-depcruise-config";
import { projectRoot } from "../../platform/runtime/project-root.ts";

/** What a cruise over one tree found: the files it read, the rules that were broken, and `rule: from -> to` of each break. */
export interface Cruise {
  readonly files: readonly string[];
  readonly rules: readonly string[];
  readonly violations: readonly string[];
}

/** Folders at the top of the tree that hold sources. The same in an example, which has the ones it needs. */
export const sourceFolders = [
  "bench",
  "bin",
  "gateway",
  "launcher",
  "platform",
  "prisma",
  "registry",
  "sandbox",
  "schema",
  "subgraphs",
  "tests",
  "tools",
  "web",
];

const configuration = await extractConfiguration(join(projectRoot, ".dependency-cruiser.mjs"));

/** Names of the rules, in the order of the configuration. */
export const ruleNames: readonly string[] = (configuration.forbidden ?? []).map((rule) => rule.name ?? "");

/** Reads the imports of every source below `root` and holds them against the rules of the house. */
export async function cruiseTree(root: string): Promise<Cruise> {
  const { forbidden, options } = configuration;
  const result = await cruise(
    sourceFolders.filter((folder) => existsSync(join(root, folder))),
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden } },
  );
  const { modules, summary } = result.output as ICruiseResult;
  return {
    files: modules.map((module) => module.source),
    rules: [...new Set(summary.violations.map((violation) => violation.rule.name))],
    violations: summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`),
  };
}
