import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

/** Pairs in one object, of fields with one response name, and of fragments: validation compares each with each. */
export const mostOverlaps = 30_000;
/** Fields looked at; more than any document within the expansion budget has, but circles of fragments have. */
const mostFields = 40_000;

class OverlapCount {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #reached = new Set<string>();
  /** Those that what is being counted stands in. */
  readonly #open = new Set<string>();
  #pairs = 0;
  #fields = 0;

  get isTooMany(): boolean {
    return this.#pairs > mostOverlaps || this.#fields > mostFields;
  }

  addDocument({ definitions }: DocumentNode): void {
    for (const definition of definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
    for (const definition of definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) this.#addSets([definition.selectionSet]);
    }
    for (const [name, { selectionSet }] of this.#fragments) if (!this.#reached.has(name)) this.#addSets([selectionSet]);
  }

  /** Counts what several selection sets of one object have in common, and what is below it. */
  #addSets(sets: readonly SelectionSetNode[]): void {
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) this.#collect(set, byName, spread);
    // Fragments in one object are compared with each other too, whatever they select.
    this.#pairs += (spread.size * (spread.size - 1)) / 2;
    for (const name of spread) this.#open.add(name);
    for (const fields of byName.values()) {
      this.#pairs += (fields.length * (fields.length - 1)) / 2;
      if (this.isTooMany) break;
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) this.#addSets(below);
    }
    for (const name of spread) this.#open.delete(name);
  }

  #collect(set: SelectionSetNode, byName: Map<string, FieldNode[]>, spread: Set<string>): void {
    for (const selection of set.selections) {
      this.#fields += 1;
      if (this.isTooMany) return;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const fields = byName.get(name);
        if (fields === undefined) byName.set(name, [selection]);
        else fields.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) this.#collect(selection.selectionSet, byName, spread);
      else {
        const name = selection.name.value;
        const fragment = this.#fragments.get(name);
        if (fragment === undefined || spread.has(name) || this.#open.has(name)) continue;
        spread.add(name);
        this.#reached.add(name);
        this.#collect(fragment.selectionSet, byName, spread);
      }
    }
  }
}

/**
 * Whether validating a document would compare too many fields: that takes time by the square of their number, in which
 * nobody else is answered. Linear in the size after expansion, which must be within its budget.
 */
export function overlapsTooMuch(document: DocumentNode): boolean {
  const count = new OverlapCount();
  count.addDocument(document);
  return count.isTooMany;
}
