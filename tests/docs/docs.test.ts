import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, type DocumentNode, Kind, parse, validate } from "graphql";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { projectFiles } from "../architecture/project-files.ts";
import { anchorsOf, type CodeBlock, inlineCode, localLinks, type Page, readPage } from "./markdown.ts";

const files = projectFiles(projectRoot);
const pages = files.filter((file) => file.endsWith(".md")).map((file) => readPage(projectRoot, file));
// The gateway's own: clients may use it, no supergraph has it.
const deferSdl = "\ndirective @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT";
const supergraph = buildSchema(read("schema/supergraph.graphql") + deferSdl, { assumeValidSDL: true });
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const sources = files
  .filter((file) => /\.(?:ts|mjs|js|graphql|prisma|sql|yaml|yml|json)$/.test(file) && file !== "package-lock.json")
  .map(read)
  .join("\n");

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

/** What is wrong with a link; nothing when it leads somewhere. */
function faultOf(page: Page, target: string): string[] {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page.path : normalize(join(dirname(page.path), path));
  if (!existsSync(join(projectRoot, file))) return [`${target}: no such file`];
  if (anchor === undefined) return [];
  return anchorsOf(readPage(projectRoot, file)).includes(anchor) ? [] : [`${target}: no such heading`];
}

/** What is wrong with a block of GraphQL: the operation against the supergraph, anything else as syntax. */
function graphqlFaults({ text, line }: CodeBlock): string[] {
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    return [`${line}: ${String(error)}`];
  }
  if (!document.definitions.some((node) => node.kind === Kind.OPERATION_DEFINITION)) return [];
  return validate(supergraph, document).map((error) => `${line}: ${error.message}`);
}

/** Lines a reader types or is told to type. */
function commandsOf(page: Page): string[] {
  const blocks = page.blocks.filter(({ language }) => ["", "sh", "bash"].includes(language));
  return [...inlineCode(page), ...blocks.map(({ text }) => text)];
}

function scriptsNamed(page: Page): string[] {
  const named = commandsOf(page).flatMap((text) => [
    ...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g),
  ]);
  return named.map((match) => match[1] ?? match[2] ?? "");
}

/** Names in capitals: environment variables, codes, values of enums. A name after `>` or before `<` has a part to fill in. */
function capitalNames(page: Page): string[] {
  const texts = [...inlineCode(page), ...page.blocks.map(({ text }) => text)];
  return texts.flatMap((text) =>
    [...text.matchAll(/(?<![\w>.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w<-])/g)].map((match) => match[0]),
  );
}

/** Paths of files that a page names in passing; made ones, and ones with a part to fill in, apart. */
function pathsNamed(page: Page): string[] {
  const folders = "bench|bin|docs|gateway|launcher|platform|prisma|sandbox|schema|subgraphs|tests|tools";
  const pattern = new RegExp(`^(?:${folders})/[\\w./-]+$`);
  return inlineCode(page).filter((text) => pattern.test(text) && !/\/generated\/|\/client\//.test(text));
}

describe.each(pages.map((page) => [page.path, page] as const))("%s", (_path, page) => {
  test("links lead somewhere", () => {
    expect(localLinks(page).flatMap((target) => faultOf(page, target))).toEqual([]);
  });

  test("links to decisions carry the number of the decision", () => {
    const labelled = [...page.prose.matchAll(/\[[^\]]*?(\d{4})[^\]]*\]\([^)]*decisions\/(\d{4})-/g)];
    expect(labelled.filter(([, label, number]) => label !== number).map(([link]) => link)).toEqual([]);
  });

  test("files it names exist", () => {
    expect(pathsNamed(page).filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  test("GraphQL in it is valid", () => {
    expect(page.blocks.filter(({ language }) => language === "graphql").flatMap(graphqlFaults)).toEqual([]);
  });

  test("npm scripts it names exist", () => {
    expect(scriptsNamed(page).filter((name) => !(name in scripts))).toEqual([]);
  });

  test("variables and codes it names occur in the sources", () => {
    expect(capitalNames(page).filter((name) => !sources.includes(name))).toEqual([]);
  });
});

describe("the documents as a whole", () => {
  test("every page is linked from the README, or from a page that is", () => {
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      const page = pages.find((candidate) => candidate.path === path);
      const targets = page === undefined ? [] : localLinks(page).map((target) => target.split("#")[0] ?? "");
      for (const target of targets) reached.add(normalize(join(dirname(path), target)));
    }
    const isReached = (path: string) => reached.has(path) || reached.has(dirname(path)) || path.includes("LICENSE");
    const lost = pages.filter(({ path }) => !isReached(path));
    expect(lost.map(({ path }) => path)).toEqual([]);
  });

  test("tests that the page of payment failures names are in the files that it names", () => {
    const rows = read("docs/payment-failures.md").split("\n").slice(10);
    const lost = rows.flatMap((row) =>
      row
        .split("`tests/")
        .slice(1)
        .flatMap((part) => {
          const source = read(`tests/${part.split("`")[0] ?? ""}`);
          const titles = [...part.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
          return titles.length === 0 ? [part] : titles.filter((title) => !source.includes(`"${title}"`));
        }),
    );
    expect(rows.filter((row) => row.startsWith("| ")).length).toBeGreaterThan(12);
    expect(lost).toEqual([]);
  });

  test("broken documents are found", () => {
    const page: Page = {
      path: "docs/lost.md",
      prose: "[here](nowhere.md) [there](../README.md#nothing) `npm run nothing` `ETALASE_NO_SUCH` `tools/none.ts`",
      blocks: [{ language: "graphql", text: "query { feed { sold } }", line: 1 }],
    };
    expect(localLinks(page).flatMap((target) => faultOf(page, target))).toHaveLength(2);
    expect(page.blocks.flatMap(graphqlFaults)).toEqual(['1: Cannot query field "sold" on type "VideoConnection".']);
    expect(scriptsNamed(page)).toEqual(["nothing"]);
    expect(capitalNames(page)).toEqual(["ETALASE_NO_SUCH"]);
    expect(pathsNamed(page)).toEqual(["tools/none.ts"]);
  });
});
