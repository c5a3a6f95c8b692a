import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A block of code in a page, with the language it is marked with (empty without one). */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The line it begins on, from 1. */
  readonly line: number;
}

/** A page of documentation. */
export interface Page {
  /** Relative to the project's root. */
  readonly path: string;
  /** Everything but the blocks of code. */
  readonly prose: string;
  readonly blocks: readonly CodeBlock[];
}

/** Reads a page. Fences are of three backticks, as everywhere in this project. */
export function readPage(root: string, path: string): Page {
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  let open: { readonly language: string; readonly lines: string[]; readonly line: number } | undefined;
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence === null) (open?.lines ?? prose).push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", lines: [], line: index + 1 };
    else {
      blocks.push({ language: open.language, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block of code does not end`);
  return { path, prose: prose.join("\n"), blocks };
}

/** Targets of a page's links that lead to this project: paths and anchors, not addresses elsewhere. */
export function localLinks(page: Page): string[] {
  const targets = [...page.prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): string[] {
  return [...page.prose.matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Code inside a page's lines: what stands between single backticks. */
export function inlineCode(page: Page): string[] {
  return [...page.prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}
