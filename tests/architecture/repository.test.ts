import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { entriesOf, projectFiles } from "./project-files.ts";

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

function json(file: string): Record<string, unknown> {
  return JSON.parse(read(file)) as Record<string, unknown>;
}

/** Folders in which packages lie, however deep: node_modules and every node_modules inside a package. */
function* packageFolders(nodeModules: string): Generator<string> {
  for (const entry of readdirSync(nodeModules, { withFileTypes: true })) {
    const path = join(nodeModules, entry.name);
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    if (entry.name.startsWith("@")) yield* packageFolders(path);
    else {
      yield path;
      if (entriesOf(path).includes("node_modules")) yield* packageFolders(join(path, "node_modules"));
    }
  }
}

describe("installed packages", () => {
  test("graphql is installed once: two copies refuse each other's schemas", () => {
    const copies = [...packageFolders(join(projectRoot, "node_modules"))].filter((path) =>
      /[/\\]node_modules[/\\]graphql$/.test(path),
    );
    expect(copies).toEqual([join(projectRoot, "node_modules", "graphql")]);
  });

  test("package.json names exact versions", () => {
    const { dependencies, devDependencies } = json("package.json") as Record<string, Record<string, string>>;
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.length).toBeGreaterThan(20);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("package-lock.json ties the project to no registry", () => {
    const lock = read("package-lock.json");
    expect(lock).toContain('"integrity"');
    expect(lock).not.toContain('"resolved"');
  });

  test("package-lock.json has every optional package of every platform, or `npm ci` refuses it; see tools/complete-lock.mjs", () => {
    type Locked = Record<string, { optionalDependencies?: Record<string, string> }>;
    const packages = (json("package-lock.json") as { packages: Locked }).packages;
    const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
    const offered = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(offered.length).toBeGreaterThan(20);
    expect(offered.filter((name) => !locked.has(name))).toEqual([]);
  });
});

describe("files of the project", () => {
  const places = {
    // A folder of somebody's machine; \x2f is a slash, so that this line is not found by itself.
    "a machine's path": /(?:^|[\s"'`(=:])\x2f(?:home|Users|root|work|mnt|workspaces?|private|var\x2ffolders)\x2f/,
    "a registry":
      /\b(?:registry|npm|packages?)\.[a-z]+\.(?:org|com|io|net|dev)\b|\b(?:artifactor[y]|jfro[g]|verdacci[o])\b/i,
  };
  const texts = projectFiles(projectRoot).filter((file) => !/\.(?:png|ico|woff2?)$/.test(file));

  test.each(Object.entries(places))("none names %s", (_name, pattern) => {
    expect(texts.length).toBeGreaterThan(100);
    const found = texts.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  test("the patterns find what they are for", () => {
    const slash = "/";
    expect(`"${slash}home${slash}budi"`).toMatch(places["a machine's path"]);
    expect(["https://registry", "acme", "com"].join(".")).toMatch(places["a registry"]);
  });
});
