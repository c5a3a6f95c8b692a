import { parseSync } from "@swc/core";

/** A node of swc's syntax tree: `type`, mostly `span`, and children under names of their own. */
export interface SyntaxNode {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [child: string]: unknown;
}

/** A source file with its syntax tree. */
export interface ParsedSource {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
  /** Statements at the top, in order. */
  readonly statements: readonly SyntaxNode[];
  /** The text before a node. */
  readonly before: (node: SyntaxNode) => string;
  /** The text of a node. */
  readonly textOf: (node: SyntaxNode) => string;
  /** The line a node begins on, from 1. */
  readonly lineOf: (node: SyntaxNode) => number;
}

/** Parses TypeScript or JavaScript. Throws what swc throws when it is neither. */
export function parseSource(path: string, text: string): ParsedSource {
  // Spans are byte offsets from 1, and swc takes the tree to begin at the first token only.
  const bytes = Buffer.from(text, "utf8");
  const module = parseSync(text, { syntax: "typescript", target: "es2022", decorators: true });
  const start = (node: SyntaxNode) => (node.span?.start ?? 1) - 1;
  const before = (node: SyntaxNode) => bytes.subarray(0, start(node)).toString("utf8");
  return {
    path,
    text,
    statements: module.body as unknown as SyntaxNode[],
    before,
    textOf: (node) => bytes.subarray(start(node), (node.span?.end ?? 1) - 1).toString("utf8"),
    lineOf: (node) => before(node).split("\n").length,
  };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The nodes right below a value of the tree; arrays and records without a type of their own are looked through. */
export function* childNodes(value: unknown): Generator<SyntaxNode> {
  if (typeof value !== "object" || value === null) return;
  for (const child of Object.values(value)) {
    if (isNode(child)) yield child;
    else yield* childNodes(child);
  }
}

/** Every node below a value of the tree, each before its children. */
export function* nodesOf(value: unknown): Generator<SyntaxNode> {
  for (const child of childNodes(value)) {
    yield child;
    yield* nodesOf(child);
  }
}
