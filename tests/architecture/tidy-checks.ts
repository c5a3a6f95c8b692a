import { childNodes, nodesOf, type ParsedSource, type SyntaxNode } from "./parsed-source.ts";

/** A rule of style: the lines of a source on which it is broken, from 1. */
export type TidyCheck = (source: ParsedSource) => number[];

const longestFunctionLines = 70;
const longestFileLines = 400;
const longestDocstringLines = 8;

const isConfiguration =
  /(?:^|\/)[\w.-]*\.config\.(?:ts|mjs)$|^\.dependency-cruiser\.mjs$|^tests\/support\/global-[\w-]+\.ts$/;

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

function matchingLines(source: ParsedSource, pattern: RegExp): number[] {
  return linesOf(source.text).flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
}

function matchingNodes(source: ParsedSource, matches: (node: SyntaxNode) => boolean): number[] {
  return [...nodesOf(source.statements)].filter(matches).map(source.lineOf);
}

function nameOf(node: unknown): string | undefined {
  const { value } = (node ?? {}) as { value?: unknown };
  return typeof value === "string" ? value : undefined;
}

/** `parse` of `parse()`, `Date.now` of `Date.now()`, `now` of `clock().now()`; undefined for what has no name. */
function calleeOf(node: SyntaxNode): string | undefined {
  const callee = node.callee as SyntaxNode | undefined;
  if (callee?.type !== "MemberExpression") return nameOf(callee);
  const [object, property] = [nameOf(callee.object), nameOf(callee.property)];
  return object === undefined ? property : `${object}.${property}`;
}

const functionTypes = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ClassMethod",
  "MethodProperty",
]);

/** Functions written directly inside a node, not those inside of these. */
function* innerFunctions(value: unknown): Generator<SyntaxNode> {
  for (const child of childNodes(value)) {
    if (functionTypes.has(child.type)) yield child;
    else yield* innerFunctions(child);
  }
}

/** Lines of a function, less those of the functions inside it, which are counted by themselves. */
function ownLines(source: ParsedSource, node: SyntaxNode): number {
  const inner = [...innerFunctions(node)].map((child) => linesOf(source.textOf(child)).length - 1);
  return linesOf(source.textOf(node)).length - inner.reduce((sum, lines) => sum + lines, 0);
}

function longFunctions(source: ParsedSource): number[] {
  if (source.path.startsWith("tests/")) return [];
  return matchingNodes(source, (node) => functionTypes.has(node.type) && ownLines(source, node) > longestFunctionLines);
}

const exportedDeclarations = new Set(["ExportDeclaration", "ExportNamedDeclaration"]);

/** The docstring that ends right before a node. */
function docstringOf(source: ParsedSource, node: SyntaxNode): string | undefined {
  const before = source.before(node).trimEnd();
  const start = before.lastIndexOf("/*");
  return before.endsWith("*/") && before.startsWith("/**", start) ? before.slice(start) : undefined;
}

function exportsOf(source: ParsedSource): SyntaxNode[] {
  return source.statements.filter((node) => exportedDeclarations.has(node.type) && !isReExport(node));
}

function isReExport(node: SyntaxNode): boolean {
  return node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && node.source !== null);
}

const defaultExports = new Set(["ExportDefaultExpression", "ExportDefaultDeclaration"]);
const testFunctions = new Set(["test", "it", "describe"]);

function isSkippedTest(node: SyntaxNode): boolean {
  if (node.type === "CallExpression") return /^(?:[xf](?:it|test|describe))$/.test(calleeOf(node) ?? "");
  if (node.type !== "MemberExpression" || !testFunctions.has(nameOf(node.object) ?? "")) return false;
  return ["skip", "only", "todo", "failing"].includes(nameOf(node.property) ?? "");
}

function isImpure(node: SyntaxNode): boolean {
  if (node.type === "NewExpression") {
    return nameOf(node.callee) === "Date" && ((node.arguments as unknown[] | null) ?? []).length === 0;
  }
  if (node.type === "MemberExpression") return nameOf(node.object) === "process";
  if (node.type !== "CallExpression") return false;
  return /^(?:Date\.now|Math\.random|crypto\.\w+|performance\.now|fetch|set(?:Timeout|Interval|Immediate))$/.test(
    calleeOf(node) ?? "",
  );
}

function isFloat(node: SyntaxNode): boolean {
  return node.type === "CallExpression" && /(?:^|\.)(?:parseFloat|toFixed)$/.test(calleeOf(node) ?? "");
}

const lonelyNames = "utils?|helpers?|common|misc|managers?|shared|index";
const emptyName = new RegExp(`(?:^|[/-])(?:${lonelyNames})(?=[/.])|(?:^|/)(?:${lonelyNames})-`);

/** The checks, each under the name of the folder with the example that breaks it. */
export const tidyChecks: Readonly<Record<string, TidyCheck>> = {
  "functions-are-short": longFunctions,
  "files-are-short": ({ text }) => (linesOf(text).length > longestFileLines ? [longestFileLines + 1] : []),
  "exports-have-docstrings": (source) =>
    exportsOf(source)
      .filter((node) => docstringOf(source, node) === undefined)
      .map(source.lineOf),
  "docstrings-are-short": (source) =>
    exportsOf(source)
      // The two lines of the delimiters are no text.
      .filter((node) => linesOf(docstringOf(source, node) ?? "").length > longestDocstringLines + 2)
      .map(source.lineOf),
  "no-any": (source) => matchingNodes(source, (node) => node.type === "TsKeywordType" && node.kind === "any"),
  "no-skipped-tests": (source) => matchingNodes(source, isSkippedTest),
  "no-silenced-checkers": (source) =>
    matchingLines(
      source,
      /@ts-(?:ignore|nocheck|expect-error)|(?:biome|prettier)-(?:ignore)|(?:eslint|oxlint)-(?:disable)|(?:istanbul|c8) (?:ignore)/,
    ),
  "no-re-exports": (source) => source.statements.filter(isReExport).map(source.lineOf),
  "no-default-exports": (source) =>
    isConfiguration.test(source.path)
      ? []
      : source.statements.filter((node) => defaultExports.has(node.type)).map(source.lineOf),
  "names-say-something": ({ path }) => (emptyName.test(path) ? [1] : []),
  "nothing-is-left-for-later": (source) => matchingLines(source, /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/),
  "the-domain-is-told-the-time": (source) =>
    /^subgraphs\/[^/]+\/domain\//.test(source.path) ? matchingNodes(source, isImpure) : [],
  "money-is-no-float": (source) =>
    /^(?:subgraphs|sandbox|platform)\//.test(source.path) ? matchingNodes(source, isFloat) : [],
  "only-connectors-fetch": (source) =>
    /^subgraphs\/[^/]+\/(?!connectors\/|domain\/)/.test(source.path)
      ? matchingNodes(
          source,
          (node) => node.type === "CallExpression" && /^(?:fetch|https?\.request)$/.test(calleeOf(node) ?? ""),
        )
      : [],
};

/** What is untidy in a source: `check: path:line`, in the order of the checks. */
export function untidiness(source: ParsedSource): string[] {
  return Object.entries(tidyChecks).flatMap(([name, check]) =>
    check(source).map((line) => `${name}: ${source.path}:${line}`),
  );
}
