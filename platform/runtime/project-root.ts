import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function find(from: string): string {
  // dist/ mirrors the tree, so the distance to the root differs between sources and build; package.json marks it.
  let folder = from;
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error("package.json was not found above the program; run it from an intact checkout");
    folder = parent;
  }
  return folder;
}

/** Absolute folder of the project: where package.json, schema/ and prisma/ stand. */
export const projectRoot = find(dirname(fileURLToPath(import.meta.url)));
