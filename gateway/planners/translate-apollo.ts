import type * as apollo from "@apollo/query-planner";
import type {
  ContextArgument,
  DeferredNode,
  EntityInput,
  FetchNode,
  Path,
  PathStep,
  PlanNode,
  Requirement,
  Rewrite,
} from "../plans/plan.ts";

type RawFetch = apollo.FetchNode;
type RawNode = apollo.PlanNode | apollo.SubscriptionNode;

const typeCondition = /^\.\.\. on (.+)$/;
const stepWithTypes = /^(.*)\|\[(.*)\]$/;

/** `name`, `@`, `name|[A,B]` or `@|[A,B]`: with types, two steps. */
function toPath(path: readonly (string | number)[]): Path {
  return path.flatMap((step): PathStep[] => {
    const match = stepWithTypes.exec(String(step));
    if (match === null) return [String(step)];
    const [, name = "", types = ""] = match;
    const condition = types.split(",").map((type) => type.trim());
    return name === "" ? [condition] : [name, condition];
  });
}

function toSteps(path: readonly string[]): Path {
  return path.map((step): PathStep => {
    const type = typeCondition.exec(step)?.[1];
    return type === undefined ? step : type.split(",").map((name) => name.trim());
  });
}

function toRewrite(rewrite: apollo.FetchDataRewrite): Rewrite {
  const path = toSteps(rewrite.path);
  return rewrite.kind === "ValueSetter"
    ? { path, action: { set: rewrite.setValueTo as unknown } }
    : { path, action: { rename: rewrite.renameKeyTo } };
}

function toContext(rewrite: apollo.FetchDataKeyRenamer): ContextArgument {
  const levels = rewrite.path.findIndex((step) => step !== "..");
  return { variable: rewrite.renameKeyTo, levels, path: toSteps(rewrite.path.slice(levels)) };
}

function toRequirements(selections: readonly apollo.QueryPlanSelectionNode[]): readonly Requirement[] {
  return selections.flatMap((selection): readonly Requirement[] => {
    if (selection.kind === "InlineFragment") {
      const inner = toRequirements(selection.selections);
      return selection.typeCondition === undefined ? inner : [{ type: selection.typeCondition, selections: inner }];
    }
    return [
      {
        source: selection.alias ?? selection.name,
        name: selection.name,
        selections: selection.selections === undefined ? undefined : toRequirements(selection.selections),
      },
    ];
  });
}

function toFetch(node: RawFetch, path: Path): FetchNode {
  const outputRewrites = (node.outputRewrites ?? []).map(toRewrite);
  const contexts = (node.contextRewrites ?? []).map(toContext);
  const contextual = new Set(contexts.map(({ variable }) => variable));
  const base = {
    kind: "fetch",
    ...(node.id === undefined ? {} : { id: node.id }),
    subgraph: node.serviceName,
    operationKind: node.operationKind,
    operation: node.operation,
    variables: (node.variableUsages ?? []).filter((name) => !contextual.has(name)),
  } as const;
  if (node.requires === undefined) {
    return { ...base, path, entities: [], outputRewrites };
  }
  const entity: EntityInput = {
    alias: "_entities",
    variable: "representations",
    paths: [path],
    requires: toRequirements(node.requires),
    inputRewrites: (node.inputRewrites ?? []).map(toRewrite),
    outputRewrites,
    contexts,
  };
  return { ...base, path: [], entities: [entity], outputRewrites: [] };
}

function toNode(node: RawNode | undefined, path: Path): PlanNode | undefined {
  if (node === undefined) return undefined;
  switch (node.kind) {
    case "Fetch":
      return toFetch(node, path);
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
      return { kind: "subscription", primary: toFetch(node.primary, path), rest: toNode(node.rest, path) };
    case "Defer":
      return {
        kind: "defer",
        primary: toNode(node.primary.node, path),
        deferred: node.deferred.map(({ label, depends, node: part }): DeferredNode => {
          // Every fragment was given a label before it was planned.
          if (label === undefined) throw new Error("a deferred part without its label");
          return { label, depends: depends.map(({ id }) => id), node: toNode(part, path) };
        }),
      };
  }
}

/** Translates a plan of `@apollo/query-planner`. @throws Error on a kind of node that is not executed here */
export function translateApolloPlan(plan: apollo.QueryPlan): PlanNode | undefined {
  return toNode(plan.node, []);
}
