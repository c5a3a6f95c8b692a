import type * as native from "@graphql-hive/router-query-planner";
import type {
  EntityInput,
  FetchNode,
  OperationKind,
  Path,
  PathStep,
  PlanNode,
  Requirement,
  Rewrite,
} from "../plans/plan.ts";

function toPath(segments: readonly native.FlattenNodePathSegment[]): Path {
  return segments.map((segment): PathStep => {
    if (segment === "@") return "@";
    return "Field" in segment ? segment.Field : segment.TypeCondition;
  });
}

function toRewrite(rewrite: native.FetchRewrite): Rewrite {
  const toSteps = (path: readonly native.FetchNodePathSegment[]) =>
    path.map((segment): PathStep => ("Key" in segment ? segment.Key : segment.TypenameEquals));
  if ("KeyRenamer" in rewrite) {
    return { path: toSteps(rewrite.KeyRenamer.path), action: { rename: rewrite.KeyRenamer.renameKeyTo } };
  }
  const setter = "ValueSetter" in rewrite ? rewrite.ValueSetter : rewrite;
  return { path: toSteps(setter.path), action: { set: setter.setValueTo } };
}

function toRequirements(selections: readonly native.RequiresSelection[]): readonly Requirement[] {
  return selections.map((selection): Requirement => {
    if (selection.kind === "InlineFragment") {
      return { type: selection.typeCondition, selections: toRequirements(selection.selections) };
    }
    if (selection.kind === "FragmentSpread")
      throw new Error("a representation with a fragment spread is not understood");
    return {
      // The planner's alias is the key that the subgraph must see, its name the key in the data.
      source: selection.name,
      name: selection.alias ?? selection.name,
      selections: selection.selections === undefined ? undefined : toRequirements(selection.selections),
    };
  });
}

function base(node: native.FetchNode | native.BatchFetchNode) {
  return {
    kind: "fetch",
    subgraph: node.serviceName,
    operationKind: (node.operationKind ?? "query") as OperationKind,
    operation: node.operation,
    variables: node.variableUsages ?? [],
  } as const;
}

function toFetch(node: native.FetchNode, path: Path): FetchNode {
  const outputRewrites = (node.outputRewrites ?? []).map(toRewrite);
  if (node.requires === undefined) {
    return { ...base(node), path, entities: [], outputRewrites };
  }
  const entity: EntityInput = {
    alias: "_entities",
    variable: "representations",
    paths: [path],
    requires: toRequirements(node.requires),
    inputRewrites: (node.inputRewrites ?? []).map(toRewrite),
    outputRewrites,
    contexts: [],
  };
  return { ...base(node), path: [], entities: [entity], outputRewrites: [] };
}

function toBatch(node: native.BatchFetchNode, path: Path): FetchNode {
  const entities = node.entityBatch.aliases.map(
    (item): EntityInput => ({
      alias: item.alias,
      variable: item.representationsVariableName,
      paths: item.paths.map((below) => [...path, ...toPath(below)]),
      requires: toRequirements(item.requires),
      inputRewrites: (item.inputRewrites ?? []).map(toRewrite),
      outputRewrites: (item.outputRewrites ?? []).map(toRewrite),
      contexts: [],
    }),
  );
  return { ...base(node), path: [], entities, outputRewrites: [] };
}

function toNode(node: native.PlanNode | undefined, path: Path): PlanNode | undefined {
  if (node === undefined) return undefined;
  switch (node.kind) {
    case "Fetch":
      return toFetch(node, path);
    case "BatchFetch":
      return toBatch(node, path);
    case "Flatten":
      return toNode(node.node, [...path, ...toPath(node.path)]);
    case "Sequence":
    case "Parallel": {
      const nodes = node.nodes.flatMap((child) => toNode(child, path) ?? []);
      return { kind: node.kind === "Sequence" ? "sequence" : "parallel", nodes };
    }
    case "Condition":
      return {
        kind: "condition",
        variable: node.condition,
        whenTrue: toNode(node.ifClause, path),
        whenFalse: toNode(node.elseClause, path),
      };
    case "Subscription":
      return { kind: "subscription", primary: toFetch(node.primary, path), rest: undefined };
    case "Defer":
      throw new Error("a plan with @defer is not understood here");
  }
}

/** A stream comes first in a sequence; what follows completes each of its events. */
function joinSubscription(node: PlanNode | undefined): PlanNode | undefined {
  if (node?.kind !== "sequence") return node;
  const [first, ...nodes] = node.nodes;
  if (first?.kind !== "subscription" || nodes.length === 0) return first?.kind === "subscription" ? first : node;
  return { ...first, rest: { kind: "sequence", nodes } };
}

/** Translates a plan of `@graphql-hive/router-query-planner`. @throws Error on a kind of node that it never makes today */
export function translateNativePlan(plan: native.QueryPlan): PlanNode | undefined {
  return joinSubscription(toNode(plan.node, []));
}
