import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Kind, parse } from "graphql";
import { errorCatalogue } from "../../../gateway/policy/error-catalogue.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";

/** Rows of the page's tables below a heading of the second level, by their code. */
function rows(page: string, isWanted: (heading: string) => boolean): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const section of page.split(/^## /m).slice(1)) {
    if (!isWanted(section.split("\n")[0] ?? "")) continue;
    for (const line of section.split("\n")) {
      const code = /^\| `(\w+)`\s*\|/.exec(line)?.[1];
      if (code === undefined) continue;
      expect([code, found.has(code)]).toEqual([code, false]);
      found.set(
        code,
        line
          .split("|")
          .slice(2, -1)
          .map((cell) => cell.trim()),
      );
    }
  }
  return found;
}

/** Values of the enum RefusalCode, with the organisations whose SDL has them. */
function refusalCodes(): Map<string, string[]> {
  const folder = join(projectRoot, "schema/subgraphs");
  const codes = new Map<string, string[]>();
  for (const file of readdirSync(folder).sort().reverse()) {
    for (const definition of parse(readFileSync(join(folder, file), "utf8")).definitions) {
      if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "RefusalCode") continue;
      for (const { name } of definition.values ?? []) {
        codes.set(name.value, [...(codes.get(name.value) ?? []), file.replace(".graphql", "")]);
      }
    }
  }
  return codes;
}

const page = readFileSync(join(projectRoot, "docs/errors.md"), "utf8");
const sorted = (values: Iterable<string>) => [...values].sort();

describe("the page of errors", () => {
  const faults = rows(page, (heading) => !["Refusals", "Events between organisations"].includes(heading));
  const refusals = rows(page, (heading) => heading === "Refusals");

  test("faults, are those of the catalogue, both ways, with the same answer to retrying", () => {
    expect(sorted(faults.keys())).toEqual(sorted(errorCatalogue.keys()));
    for (const [code, [retry]] of faults) {
      expect([code, retry]).toEqual([code, errorCatalogue.get(code)?.isRetryable ? "yes" : "no"]);
    }
  });

  test("refusals, are the values of RefusalCode in the organisations' SDL, both ways, with who raises them", () => {
    const expected = [...refusalCodes()].map(([code, organisations]) => [code, organisations.join(", ")]);
    expect(sorted([...refusals].map(([code, [raisedBy]]) => `${code} ${raisedBy}`))).toEqual(
      sorted(expected.map((pair) => pair.join(" "))),
    );
  });

  test("each row, has a meaning and says what the caller does", () => {
    for (const [code, cells] of [...faults, ...refusals]) {
      expect([code, cells.length, cells.every((cell) => cell.length > 1)]).toEqual([code, 3, true]);
    }
  });
});
