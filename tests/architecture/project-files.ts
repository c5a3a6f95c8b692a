import { readdirSync } from "node:fs";
import { join } from "node:path";

// What is not written by hand: installed, built, generated, run-time data. The same names as in .gitignore.
const skippedFolders = new Set(["node_modules", "dist", "coverage", "generated", ".git", ".cache", ".etalase"]);

/** Names of the entries of a folder, sorted. */
export function entriesOf(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** Files below a folder, as paths relative to it with `/`, sorted; what `isSkipped` is left out with all it holds. */
export function filesBelow(root: string, isSkipped: (path: string) => boolean = () => false, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isSkipped(path)) return [];
      if (entry.isDirectory()) return filesBelow(root, isSkipped, path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** Files of the project that are written by hand, relative to its root, sorted; the broken examples are left out. */
export function projectFiles(root: string): string[] {
  return filesBelow(root, (path) => {
    const name = path.split("/").at(-1) ?? "";
    return skippedFolders.has(name) || /^prisma\/[^/]+\/client$/.test(path) || path === "tests/architecture/examples";
  });
}
