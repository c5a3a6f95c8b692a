import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from "graphql";
import { type EntityInput, type FetchNode, mapChildren, type PlanNode, type Requirement } from "../plans/plan.ts";
import { type StandIns, standInPrefix } from "./requirement-arguments.ts";

const mentionsStandIn = new RegExp(`\\b${standInPrefix}\\d+_`);

function restoreField(field: FieldNode, standIns: StandIns): FieldNode | undefined {
  const standIn = standIns.byName.get(field.name.value);
  if (standIn === undefined) return undefined;
  const [definition] = parse(`{${standIn.field}${standIn.arguments}}`, { noLocation: true }).definitions;
  const original = (definition as OperationDefinitionNode).selectionSet.selections[0] as FieldNode;
  const alias = field.alias ?? field.name;
  return {
    ...original,
    alias,
    directives: field.directives,
    ...(field.selectionSet === undefined ? {} : { selectionSet: field.selectionSet }),
  };
}

function restoreOperation(operation: string, standIns: StandIns): string {
  if (!mentionsStandIn.test(operation)) return operation;
  // On leaving, so that stand-ins nested in the field's own selections are restored too.
  const restored = visit(parse(operation, { noLocation: true }), {
    Field: { leave: (field) => restoreField(field, standIns) },
  });
  return stripIgnoredCharacters(print(restored));
}

/** The name a subgraph knows: of the stand-in, or of a planner's own alias for it. */
function restoreRequirement(requirement: Requirement, standIns: StandIns): Requirement {
  const selections = requirement.selections?.map((inner) => restoreRequirement(inner, standIns));
  if ("type" in requirement) return { type: requirement.type, selections: selections ?? [] };
  const name = standIns.byName.get(requirement.name)?.field ?? requirement.name;
  return { source: requirement.source, name, selections };
}

function standInsIn(requirements: readonly Requirement[], standIns: StandIns): readonly string[] {
  return requirements.flatMap((requirement) => [
    ...("name" in requirement && standIns.byName.has(requirement.name) ? [requirement.name] : []),
    ...standInsIn(requirement.selections ?? [], standIns),
  ]);
}

function without(requirements: readonly Requirement[], unwanted: ReadonlySet<string>): readonly Requirement[] {
  return requirements.flatMap((requirement): readonly Requirement[] => {
    if ("name" in requirement && unwanted.has(requirement.name)) return [];
    const selections = requirement.selections && without(requirement.selections, unwanted);
    if (selections?.length === 0) return [];
    return "type" in requirement
      ? [{ type: requirement.type, selections: selections ?? [] }]
      : [{ ...requirement, selections }];
  });
}

/** Whether two of the stand-ins want different values of one field. */
function areAtOdds(names: ReadonlySet<string>, standIns: StandIns): boolean {
  const fields = [...names].map((name) => standIns.byName.get(name)?.field);
  return new Set(fields).size < fields.length;
}

/** Sorts the fields asked of an entity into groups, in each of which no two want different values of one field. */
function groupFields(set: SelectionSetNode, type: string, standIns: StandIns): Group[] {
  const groups: Group[] = [];
  const place = (selection: SelectionNode, needs: readonly string[]) => {
    const home = groups.find((group) => !areAtOdds(new Set([...group.needs, ...needs]), standIns));
    const group = home ?? { needs: new Set<string>(), selections: [] };
    if (home === undefined) groups.push(group);
    for (const name of needs) group.needs.add(name);
    group.selections.push(selection);
  };
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) place(selection, standIns.neededBy.get(`${type}.${selection.name.value}`) ?? []);
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const inner = groupFields(selection.selectionSet, selection.typeCondition?.name.value ?? type, standIns);
      for (const { needs, selections } of inner) {
        place({ ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections } }, [...needs]);
      }
    } else place(selection, []);
  }
  return groups;
}

interface Group {
  readonly needs: Set<string>;
  readonly selections: SelectionNode[];
}

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("a fetch without an operation");
  return operation;
}

/** The fetch with one `_entities` field alone, which selects what is given. */
function narrowFetch(fetch: FetchNode, entity: EntityInput, field: FieldNode): FetchNode {
  const document = parse(fetch.operation, { noLocation: true });
  const operation = operationOf(document);
  const smaller = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: [field] } as const };
  const definitions = document.definitions.map((definition) => (definition === operation ? smaller : definition));
  return { ...fetch, ...withUsedVariables(fetch, { ...document, definitions }), entities: [entity] };
}

/** One fetch for each group of fields; the fetch itself when nothing in it is at odds. */
function splitFetch(fetch: FetchNode, standIns: StandIns): readonly FetchNode[] {
  const isAtOdds = fetch.entities.some(({ requires }) => areAtOdds(new Set(standInsIn(requires, standIns)), standIns));
  if (!isAtOdds) return [fetch];
  const { selections } = operationOf(parse(fetch.operation, { noLocation: true })).selectionSet;
  return fetch.entities.flatMap((entity): readonly FetchNode[] => {
    const field = selections.find(
      (candidate): candidate is FieldNode =>
        candidate.kind === Kind.FIELD && (candidate.alias ?? candidate.name).value === entity.alias,
    );
    if (field?.selectionSet === undefined) throw new Error("an entity fetch without its _entities field");
    const used = standInsIn(entity.requires, standIns);
    return groupFields(field.selectionSet, "", standIns).map((group) => {
      const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: group.selections };
      const unwanted = new Set(used.filter((name) => !group.needs.has(name)));
      const requires = without(entity.requires, unwanted);
      return narrowFetch(fetch, { ...entity, requires }, { ...field, selectionSet });
    });
  });
}

/** A part of a fetch uses a part of its variables; one that is declared and not used is an error to a subgraph. */
export function withUsedVariables(
  fetch: FetchNode,
  document: DocumentNode,
): Pick<FetchNode, "operation" | "variables"> {
  const used = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      used.add(node.name.value);
    },
  });
  const pruned = visit(document, {
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
  });
  return {
    operation: stripIgnoredCharacters(print(pruned)),
    variables: fetch.variables.filter((name) => used.has(name)),
  };
}

function restoreFetch(fetch: FetchNode, standIns: StandIns): PlanNode {
  const parts = splitFetch(fetch, standIns).map(
    (part): FetchNode => ({
      ...part,
      operation: restoreOperation(part.operation, standIns),
      entities: part.entities.map((entity) => ({
        ...entity,
        requires: entity.requires.map((requirement) => restoreRequirement(requirement, standIns)),
      })),
    }),
  );
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "parallel", nodes: parts };
}

/** Puts the real fields and their arguments in the place of stand-ins, splitting entity fetches whose needs are at odds. */
export function restoreArguments(node: PlanNode, standIns: StandIns): PlanNode {
  if (standIns.byName.size === 0) return node;
  if (node.kind === "fetch") return restoreFetch(node, standIns);
  const restored = mapChildren(node, (child) => restoreArguments(child, standIns));
  if (restored.kind !== "subscription") return restored;
  // A stream begins with no entity: nothing in its primary fetch can be at odds.
  const { primary } = restored;
  return { ...restored, primary: { ...primary, operation: restoreOperation(primary.operation, standIns) } };
}
