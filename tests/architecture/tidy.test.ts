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

  test.each(names)("%s: every file of its example breaks that check and no other", (name) => {
    const root = join(examples, name);
    const files = filesBelow(root);
    const broken = untidinessOf(root, files).map((finding) => finding.split(":").slice(0, 2).join(":"));
    expect([...new Set(broken)]).toEqual(files.map((file) => `${name}: ${file}`));
  });

  test("a function is as long as its own lines: those inside it are counted by themselves", () => {
    const inner = `const add = () => {\n${"  n += 1;\n".repeat(50)}};\n`;
    expect(untidiness(parseSource("gateway/a.ts", `function outer() {\n${inner}${inner}}\n`))).toEqual([]);
  });

  test("every source of the tree is tidy", () => {
    const sources = projectFiles(projectRoot).filter((file) => /\.(?:ts|mjs|js)$/.test(file));
    expect(sources.length).toBeGreaterThan(250);
    expect(untidinessOf(projectRoot, sources)).toEqual([]);
  });
});
