import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { eventChecks, eventViolations } from "./event-checks.ts";
import { readOwnership } from "./ownership.ts";
import { entriesOf } from "./project-files.ts";

const examples = join(projectRoot, "tests", "architecture", "examples", "events");
const folder = join(projectRoot, "schema", "events");
const ownership = readOwnership();

function violationsOf(file: string): string[] {
  return eventViolations({ name: basename(file, ".json"), schema: JSON.parse(readFileSync(file, "utf8")) }, ownership);
}

describe("rules of what one organisation tells another", () => {
  test("every check has an example that breaks it, and no example is without a check", () => {
    expect(entriesOf(examples)).toEqual(Object.keys(eventChecks).sort());
  });

  test.each(Object.keys(eventChecks))("%s: its example breaks that check", (name) => {
    const broken = entriesOf(join(examples, name)).flatMap((file) => violationsOf(join(examples, name, file)));
    // A field that nobody may tell is not on the list either.
    const others = broken
      .map((violation) => violation.split(":")[0])
      .filter((check) => check !== "every-field-is-listed");
    expect(new Set(name === "every-field-is-listed" ? broken.map((line) => line.split(":")[0]) : others)).toEqual(
      new Set([name]),
    );
  });

  test("the events that are listed are those that have a schema", () => {
    expect(entriesOf(folder)).toEqual(
      Object.keys(ownership.events)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  test.each(entriesOf(folder))("%s breaks none, and says its own name", (file) => {
    expect(violationsOf(join(folder, file))).toEqual([]);
    const { properties, $id } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    expect(`${properties.type.const}.v${properties.version.const}.json`).toBe(file);
    expect($id).toBe(`https://etalase.example/schema/events/${file}`);
  });
});
