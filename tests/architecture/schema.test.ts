import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "graphql";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { foreignKinds, readOwnership, wordsOf } from "./ownership.ts";
import { entriesOf } from "./project-files.ts";
import { sdlChecks, sdlViolations } from "./sdl-checks.ts";

const examples = join(projectRoot, "tests", "architecture", "examples", "sdl");
const subgraphs = join(projectRoot, "schema", "subgraphs");
const ownership = readOwnership();
const names = Object.keys(sdlChecks);

function violationsOf(file: string, words = ownership): string[] {
  const document = parse(readFileSync(file, "utf8"));
  return sdlViolations({ organisation: basename(file, ".graphql"), document, ownership: words });
}

describe("rules of the organisations' schemas", () => {
  test("every check has an example that breaks it, and no example is without a check", () => {
    expect(entriesOf(examples)).toEqual([...names].sort());
  });

  test.each(names)("%s: its example breaks that check and no other", (name) => {
    const folder = join(examples, name);
    // The examples' own words are not what the real organisations own.
    const words =
      name === "data-stays-with-its-owner"
        ? ownership
        : { ...ownership, entities: { ...ownership.entities, Guest: "hotels" }, kinds: {} };
    const broken = entriesOf(folder).flatMap((file) => violationsOf(join(folder, file), words));
    expect(new Set(broken.map((violation) => violation.split(":")[0]))).toEqual(new Set([name]));
  });

  test.each(entriesOf(subgraphs))("%s breaks none", (file) => {
    expect(violationsOf(join(subgraphs, file))).toEqual([]);
  });
});

describe("ownership of data", () => {
  const organisations = entriesOf(subgraphs).map((file) => basename(file, ".graphql"));

  test("every owner that is named has a schema", () => {
    const owners = [
      ...Object.values(ownership.entities),
      ...Object.values(ownership.kinds).flatMap((kind) => kind.owners),
    ];
    expect(organisations).toEqual(expect.arrayContaining([...new Set(owners)]));
  });

  test.each(organisations)("the data model of %s names nothing that belongs to others", (organisation) => {
    const model = readFileSync(join(projectRoot, "prisma", organisation, "schema.prisma"), "utf8");
    // Models, enums, their fields and values: the first word of a line, or the second of a block's.
    const identifiers = [...model.matchAll(/^\s*(?:(?:model|enum)\s+)?(\w+)/gm)].map((match) => match[1] ?? "");
    expect(identifiers.length).toBeGreaterThan(20);
    const foreign = identifiers.filter((name) => foreignKinds(ownership, organisation, name).length > 0);
    expect(foreign).toEqual([]);
  });

  test("a name in any style is read word by word", () => {
    expect(wordsOf("virtualAccountNo")).toEqual(["virtual", "account", "no"]);
    expect(wordsOf("VIRTUAL_ACCOUNT_NO")).toEqual(["virtual", "account", "no"]);
    expect(foreignKinds(ownership, "storefront", "unitPrice")).toEqual(["money"]);
    expect(foreignKinds(ownership, "storefront", "pageInfo")).toEqual([]);
  });
});
