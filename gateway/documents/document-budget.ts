import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
} from "graphql";
import { defaultExpansionBudget, exceedsBudget } from "./expansion-budget.ts";
import { mostOverlaps, overlapsTooMuch } from "./overlap-budget.ts";

/** What one document may ask for, whatever it costs to answer. */
export interface DocumentBudget {
  /** Lexical tokens of the text. */
  readonly tokens: number;
  /** Root fields of an operation once its fragments are expanded: each may be a request to a subgraph. */
  readonly rootFields: number;
}

function countRootFields(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const counts = new Map<string, number>();

  function countFragment(name: string): number {
    const known = counts.get(name);
    if (known !== undefined) return known;
    // A cycle counts nothing while it is open; validation explains it.
    counts.set(name, 0);
    const fragment = fragments.get(name);
    const count = fragment === undefined ? 0 : countFields(fragment.selectionSet);
    counts.set(name, count);
    return count;
  }

  function countFields(set: SelectionSetNode): number {
    let count = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) count += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) count += countFields(selection.selectionSet);
      else count += countFragment(selection.name.value);
      if (count > most) break;
    }
    return count;
  }

  let largest = 0;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      largest = Math.max(largest, countFields(definition.selectionSet));
    }
  }
  return largest;
}

/** @returns why a document is refused; undefined when it is within the budget. Linear in its text. */
export function whyTooLarge(document: DocumentNode, { rootFields }: DocumentBudget): string | undefined {
  const expansion = exceedsBudget(document, defaultExpansionBudget);
  if (expansion !== undefined) return expansion;
  if (countRootFields(document, rootFields) > rootFields) {
    return `it asks for more than ${rootFields} root fields; send several requests`;
  }
  if (!overlapsTooMuch(document)) return undefined;
  return `it has more than ${mostOverlaps} pairs of fragments, or of fields of one name, in one object`;
}

/** Brackets within brackets: selections, literals and types. Deeper ones would exhaust the stack of whoever follows them. */
const mostBrackets = 400;
const bracketsAndText = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\r\n])*"?|#[^\r\n]*|[{}()[\]]/g;

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const [found] of text.matchAll(bracketsAndText)) {
    if (found === "{" || found === "(" || found === "[") {
      depth += 1;
      if (depth > mostBrackets) return true;
    } else if (found === "}" || found === ")" || found === "]") depth -= 1;
  }
  return false;
}

/**
 * Parses a document, with or without the places of its nodes in the text.
 * @returns the document, or why it is refused
 * @throws GraphQLError for a syntax error
 */
export function parseWithin(text: string, { tokens }: DocumentBudget, noLocation = true): DocumentNode | string {
  if (nestsTooDeep(text)) return `it nests deeper than ${mostBrackets} brackets`;
  try {
    return parse(text, { noLocation, maxTokens: tokens });
  } catch (error) {
    const isTooLong = error instanceof GraphQLError && /\d+ tokens\. Parsing aborted/.test(error.message);
    if (isTooLong) return `it has more than ${tokens} tokens`;
    throw error;
  }
}

/**
 * Measures a document before it is validated or planned, in time linear in its text.
 * @returns why it is refused; undefined when it is within the budget, or is no GraphQL, which the parser will say better
 */
export function whyRefused(text: string, budget: DocumentBudget): string | undefined {
  try {
    const document = parseWithin(text, budget);
    return typeof document === "string" ? document : whyTooLarge(document, budget);
  } catch {
    return undefined;
  }
}
