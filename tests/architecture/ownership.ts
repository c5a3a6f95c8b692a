import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../platform/runtime/project-root.ts";

const shape = z.strictObject({
  entities: z.record(z.string(), z.string()),
  keys: z.array(z.string()),
  crossings: z.array(z.string()),
  eventEnvelope: z.array(z.string()),
  events: z.record(z.string(), z.strictObject({ from: z.string(), to: z.string(), fields: z.array(z.string()) })),
  kinds: z.record(z.string(), z.strictObject({ owners: z.array(z.string()), words: z.array(z.string()) })),
});

/** What schema/ownership.yaml says: owners of entities, fields and events that may cross, kinds of data by their words. */
export type Ownership = z.infer<typeof shape>;

/** Reads schema/ownership.yaml. Throws when it has not the shape. */
export function readOwnership(): Ownership {
  return shape.parse(parse(readFileSync(join(projectRoot, "schema", "ownership.yaml"), "utf8")));
}

/** The words of a name in lower case: `virtualAccountNo`, `VIRTUAL_ACCOUNT_NO` -> virtual, account, no. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** The kinds of data that a name of `organisation` shows, though they are not that organisation's to hold. */
export function foreignKinds(ownership: Ownership, organisation: string, name: string): string[] {
  const words = new Set(wordsOf(name));
  return Object.entries(ownership.kinds)
    .filter(([, kind]) => !kind.owners.includes(organisation) && kind.words.some((word) => words.has(word)))
    .map(([kind]) => kind);
}
