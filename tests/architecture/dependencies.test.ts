import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { cruiseTree, ruleNames, sourceFolders } from "./cruise.ts";
import { entriesOf, projectFiles } from "./project-files.ts";

const examples = join(projectRoot, "tests", "architecture", "examples", "dependencies");

// What stood here when the rules were written; a cruise that reads less has lost its parser or its folders.
const leastFiles = 250;

describe("rules of imports", () => {
  test("every rule has an example that breaks it, and no example is without a rule", () => {
    expect(entriesOf(examples)).toEqual([...ruleNames].sort());
  });

  test.each(ruleNames)("%s: its example breaks that rule and no other", async (rule) => {
    const { rules } = await cruiseTree(join(examples, rule));
    expect(rules).toEqual([rule]);
  });

  test("the tree breaks none, and every source of it was read", async () => {
    const { violations, files } = await cruiseTree(projectRoot);
    const sources = projectFiles(projectRoot).filter(
      (file) => /\.(?:ts|mjs|js)$/.test(file) && sourceFolders.includes(file.split("/")[0] ?? ""),
    );
    expect(violations).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(sources));
    expect(sources.length).toBeGreaterThan(leastFiles);
  });
});
