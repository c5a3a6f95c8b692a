import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

// What is not written by hand: installed, built, generated, run-time data. The same names as in .gitignore.
const skippedFolders = new Set(["node_modules", "dist", "coverage", "generated", ".git", ".cache", ".etalase"]);

function isSkipped(path: string): boolean {
  const name = path.split("/").at(-1) ?? "";
  return skippedFolders.has(name) || /^prisma\/[^/]+\/client$/.test(path) || path === "tests/architecture/examples";
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join("/");
    if (isSkipped(name)) return [];
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [name] : [];
  });
}

/** Files of the project that are written by hand, relative to its root, sorted; the broken examples are left out. */
export function projectFiles(root: string): string[] {
  return filesBelow(root, root).sort();
}
