import { fetchesOf, mapChildren, type PlanNode } from "../plans/plan.ts";

function mutates(node: PlanNode): boolean {
  return fetchesOf(node).some(({ operationKind }) => operationKind === "mutation");
}

/**
 * Lets nothing run beside a mutation. The native planner puts what completes one mutation beside the next one; but a
 * root field is to be answered in full before the next begins. Source: GraphQL specification, serial execution.
 */
export function runMutationsAlone(node: PlanNode): PlanNode {
  if (node.kind !== "sequence" && node.kind !== "parallel") return mapChildren(node, runMutationsAlone);
  const nodes = node.nodes.map(runMutationsAlone);
  if (node.kind === "sequence" || !nodes.some(mutates)) return { ...node, nodes };
  const others = nodes.filter((child) => !mutates(child));
  return {
    kind: "sequence",
    nodes: [...(others.length === 0 ? [] : [{ kind: "parallel", nodes: others } as const]), ...nodes.filter(mutates)],
  };
}
