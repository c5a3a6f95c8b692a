import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

/** How large a document may be once every fragment is put in the place of its spreads. */
export interface ExpansionBudget {
  readonly selections: number;
  readonly depth: number;
}

/** Larger than any document that people or code generators write, small enough to be validated and planned. */
export const defaultExpansionBudget: ExpansionBudget = { selections: 20_000, depth: 200 };

interface Size {
  readonly selections: number;
  readonly depth: number;
}

/**
 * Measures operations after expansion without expanding them: linear in the text, whatever the fragments do.
 * @returns why the document is refused, undefined when it is within the budget
 */
export function exceedsBudget(document: DocumentNode, budget: ExpansionBudget): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const sizes = new Map<string, Size | "open">();
  const tooLarge = { selections: budget.selections + 1, depth: budget.depth + 1 };

  function sizeOfFragment(name: string, chain: number): Size {
    const known = sizes.get(name);
    // A cycle is for validation to explain; a chain this long would exhaust the stack of whoever follows it.
    if (known === "open") return { selections: 0, depth: 0 };
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return { selections: 0, depth: 0 };
    sizes.set(name, "open");
    const size = sizeOf(fragment.selectionSet, chain + 1);
    sizes.set(name, size);
    return size;
  }

  function sizeOf(set: SelectionSetNode, nesting: number): Size {
    if (nesting > budget.depth) return tooLarge;
    let selections = 0;
    let depth = 0;
    for (const selection of set.selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? sizeOfFragment(selection.name.value, nesting)
          : selection.selectionSet && sizeOf(selection.selectionSet, nesting + 1);
      selections += 1 + (inner?.selections ?? 0);
      depth = Math.max(depth, inner?.depth ?? 0);
      if (selections > budget.selections) return tooLarge;
    }
    return { selections, depth: depth + 1 };
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const size =
      definition.kind === Kind.OPERATION_DEFINITION
        ? sizeOf(definition.selectionSet, 1)
        : sizeOfFragment(definition.name.value, 1);
    if (size.depth > budget.depth) return `it nests deeper than ${budget.depth} levels`;
    if (size.selections > budget.selections) return `it expands to more than ${budget.selections} selections`;
  }
  return undefined;
}
