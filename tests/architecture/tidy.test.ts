import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { parseSource } from "./parsed-source.ts";
import { entriesOf, filesBelow, projectFiles } from "./project-files.ts";
import { tidyChecks, untidiness } from "./tidy-checks.ts";

const examples = join(projectRoot, "tests", "architecture", "examples", "tidy");
const names = Object.keys(tidyChecks);

function untidinessOf(root: string, files: readonly string[]): string[] {
  return files.flatMap((file) => untidiness(parseSource(file, readFileSync(join(root, file), "utf8"))));
}

describe("rules of style", () => {
  test("every check has an example that breaks it, and no example is without a check", () => {
    expect(entriesOf(examples)).toEqual([...names].sort());
  });

  test.each(names)("%s: its example breaks that check and no other", (name) => {
    const root = join(examples, name);
    const broken = untidinessOf(root, filesBelow(root)).map((finding) => finding.split(":")[0]);
    expect(new Set(broken)).toEqual(new Set([name]));
  });

  test("every source of the tree is tidy", () => {
    const sources = projectFiles(projectRoot).filter((file) => /\.(?:ts|mjs|js)$/.test(file));
    expect(sources.length).toBeGreaterThan(35);
    expect(untidinessOf(projectRoot, sources)).toEqual([]);
  });
});
