import type { FetchNode, Path, Plan, PlanNode, Requirement } from "../plans/plan.ts";

/** A plan in the form that Apollo's tools read: `QueryPlan`, `Sequence`, `Parallel`, `Flatten`, `Fetch`, `Condition`. */
export type ShownPlan = Readonly<Record<string, unknown>>;

function shownRequirement(requirement: Requirement): object {
  const selections = requirement.selections?.map(shownRequirement);
  return "type" in requirement
    ? { kind: "InlineFragment", typeCondition: requirement.type, selections }
    : { kind: "Field", name: requirement.name, ...(selections === undefined ? {} : { selections }) };
}

function shownPath(path: Path): string[] {
  return path.map((step) => (typeof step === "string" ? step : `|[${step.join(",")}]`));
}

function shownFetch(fetch: FetchNode): object {
  const requires = fetch.entities.flatMap((entity) => entity.requires.map(shownRequirement));
  const node = {
    kind: "Fetch",
    serviceName: fetch.subgraph,
    variableUsages: fetch.variables,
    operation: fetch.operation,
    operationKind: fetch.operationKind,
    ...(requires.length === 0 ? {} : { requires }),
  };
  const paths = fetch.entities.length === 0 ? [fetch.path] : fetch.entities.flatMap((entity) => entity.paths);
  const [path] = paths;
  if (path === undefined || path.length === 0) return node;
  // One request may complete objects at several places: the first stands in the path, all in `paths`.
  return { kind: "Flatten", path: shownPath(path), ...(paths.length > 1 ? { paths: paths.map(shownPath) } : {}), node };
}

function shownNode(node: PlanNode): object {
  switch (node.kind) {
    case "fetch":
      return shownFetch(node);
    case "step":
      return shownNode(node.node);
    case "condition":
      return {
        kind: "Condition",
        condition: node.variable,
        ...(node.whenTrue === undefined ? {} : { ifClause: shownNode(node.whenTrue) }),
        ...(node.whenFalse === undefined ? {} : { elseClause: shownNode(node.whenFalse) }),
      };
    default:
      return { kind: node.kind === "sequence" ? "Sequence" : "Parallel", nodes: node.nodes.map(shownNode) };
  }
}

/** The plan as Hive Laboratory and Apollo's tools show it; `labels` are those of `@override` that it was made with. */
export function showPlan({ root }: Plan, labels?: readonly string[]): ShownPlan {
  const made = labels === undefined ? {} : { labels };
  return { kind: "QueryPlan", ...made, ...(root === undefined ? {} : { node: shownNode(root) }) };
}

function textOf(node: PlanNode, indent: string): string {
  switch (node.kind) {
    case "fetch": {
      const paths = fetchPlaces(node);
      return `${indent}Fetch(service: "${node.subgraph}"${paths === "" ? "" : `, at: "${paths}"`}) {\n${indent}  ${node.operation}\n${indent}}`;
    }
    case "step":
      return textOf(node.node, indent);
    case "condition": {
      const whenTrue = node.whenTrue === undefined ? "" : `\n${textOf(node.whenTrue, `${indent}  `)}`;
      const whenFalse =
        node.whenFalse === undefined ? "" : `\n${indent}} Else {\n${textOf(node.whenFalse, `${indent}  `)}`;
      return `${indent}Include(if: $${node.variable}) {${whenTrue}${whenFalse}\n${indent}}`;
    }
    default: {
      const name = node.kind === "sequence" ? "Sequence" : "Parallel";
      return `${indent}${name} {\n${node.nodes.map((child) => textOf(child, `${indent}  `)).join(",\n")}\n${indent}}`;
    }
  }
}

function fetchPlaces(fetch: FetchNode): string {
  return fetch.entities.flatMap(({ paths }) => paths.map((path) => shownPath(path).join("."))).join(" ");
}

/** The plan as indented text, for people; a first line names the labels that it was made with. */
export function planText({ root }: Plan, labels?: readonly string[]): string {
  const made = labels === undefined ? "" : `# labels: ${labels.join(", ") || "none"}\n`;
  return root === undefined ? `${made}QueryPlan {}` : `${made}QueryPlan {\n${textOf(root, "  ")}\n}`;
}
