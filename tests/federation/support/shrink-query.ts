import { type DocumentNode, type GraphQLSchema, parse, print, type SelectionNode, validate, visit } from "graphql";

/** The document without one selection (the nth that can go), unused fragments and unused variables; undefined at the end. */
function without(document: DocumentNode, nth: number): DocumentNode | undefined {
  let position = -1;
  let isGone = false;
  const smaller = visit(document, {
    SelectionSet: (set) => {
      if (isGone || set.selections.length < 2) return undefined;
      const selections: SelectionNode[] = [];
      for (const selection of set.selections) {
        position += 1;
        if (position === nth) isGone = true;
        else selections.push(selection);
      }
      return isGone ? { ...set, selections } : undefined;
    },
  });
  return isGone ? tidy(smaller) : undefined;
}

function tidy(document: DocumentNode): DocumentNode {
  const spreads = new Set<string>();
  const variables = new Set<string>();
  visit(document, {
    FragmentSpread: ({ name }) => void spreads.add(name.value),
    VariableDefinition: () => false,
    Variable: ({ name }) => void variables.add(name.value),
  });
  return visit(document, {
    FragmentDefinition: ({ name }) => (spreads.has(name.value) ? undefined : null),
    VariableDefinition: ({ variable }) => (variables.has(variable.name.value) ? undefined : null),
  });
}

/** Takes selections out of a query as long as it still does what it should not; within a number of attempts. */
export async function shrinkQuery(
  query: string,
  schema: GraphQLSchema,
  stillDiffers: (query: string) => Promise<boolean>,
  attempts = 150,
): Promise<void> {
  let document = parse(query, { noLocation: true });
  let left = attempts;
  for (let nth = 0; left > 0; ) {
    const smaller = without(document, nth);
    if (smaller === undefined) break;
    if (validate(schema, smaller).length > 0) {
      nth += 1;
      continue;
    }
    left -= 1;
    if (await stillDiffers(print(smaller))) document = smaller;
    else nth += 1;
  }
}
