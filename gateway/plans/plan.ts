/**
 * How an operation is answered, as pure data: the one format behind every planner. It can be cloned, stored and
 * sent between threads. Response keys in it are those of the planned document (see documents/planned-document.ts),
 * never the client's aliases.
 */
export interface Plan {
  /** Absent when nothing has to be fetched (introspection and `__typename` alone). */
  readonly root: PlanNode | undefined;
  /** Which planner made it. */
  readonly planner: PlannerName;
}

/** The planners that can be chosen. */
export type PlannerName = "native" | "apollo";

/** A step of a plan. */
export type PlanNode = GroupNode | ConditionNode | StepNode | FetchNode | SubscriptionNode | DeferNode;

/** Steps one after another, or all at once. */
export interface GroupNode {
  readonly kind: "sequence" | "parallel";
  readonly nodes: readonly PlanNode[];
}

/** A step that depends on a Boolean variable of the client. */
export interface ConditionNode {
  readonly kind: "condition";
  readonly variable: string;
  readonly whenTrue: PlanNode | undefined;
  readonly whenFalse: PlanNode | undefined;
}

/** A root field of a mutation that is carried out only when the ones before it went well. */
export interface StepNode {
  readonly kind: "step";
  /** Its response key in the planned document. */
  readonly key: string;
  readonly node: PlanNode;
}

/** A stream of one subgraph, and what completes each of its events. The root of a subscription's plan. */
export interface SubscriptionNode {
  readonly kind: "subscription";
  readonly primary: FetchNode;
  readonly rest: PlanNode | undefined;
}

/** What is answered first, and the parts that follow. */
export interface DeferNode {
  readonly kind: "defer";
  /** Absent when the first answer needs no fetch of its own. */
  readonly primary: PlanNode | undefined;
  readonly deferred: readonly DeferredNode[];
}

/** A part that is answered later: the fragment of the planned document with this label. */
export interface DeferredNode {
  readonly label: string;
  /** Ids of the fetches that must have ended before this part's own may begin. */
  readonly depends: readonly string[];
  /** Absent when all its data is fetched by then. */
  readonly node: PlanNode | undefined;
}

/** One request to one subgraph. */
export interface FetchNode {
  readonly kind: "fetch";
  /** Given where a deferred part depends on it. */
  readonly id?: string;
  readonly subgraph: string;
  readonly operationKind: OperationKind;
  /** The document to send. */
  readonly operation: string;
  /** Names of the client's variables that the document uses. */
  readonly variables: readonly string[];
  /** Where the data of a root fetch belongs: the root, or objects of the query type below it. Unused with entities. */
  readonly path: Path;
  /** Empty for a fetch from a root type. */
  readonly entities: readonly EntityInput[];
  /** Keys of the answer that are to be renamed before it is merged; of a root fetch only. */
  readonly outputRewrites: readonly Rewrite[];
}

/** What an operation does. */
export type OperationKind = "query" | "mutation" | "subscription";

/** One `_entities` field of a fetch: which objects of the answer so far it completes, and how it refers to them. */
export interface EntityInput {
  /** Response key of its `_entities` field. */
  readonly alias: string;
  /** Name of the variable that takes the representations. */
  readonly variable: string;
  /** Where the objects are, from the answer's root. */
  readonly paths: readonly Path[];
  readonly requires: readonly Requirement[];
  /** Values set in, or keys renamed of, each representation before it is sent. */
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
  /** Arguments that are taken from an object around each entity (`@fromContext`). */
  readonly contexts: readonly ContextArgument[];
}

/** A key of an object, `"@"` for each item of a list, or the type names that an object must have. */
export type PathStep = string | readonly string[];

/** A way down from an object. */
export type Path = readonly PathStep[];

/** A part of a representation. */
export type Requirement = RequiredField | RequiredType;

/** A field that a representation carries. */
export interface RequiredField {
  /** Key in the answer so far. */
  readonly source: string;
  /** Key in the representation. */
  readonly name: string;
  /** Absent for a leaf. */
  readonly selections: readonly Requirement[] | undefined;
}

/** Parts that apply to objects of one type, or of a type that implements it. */
export interface RequiredType {
  readonly type: string;
  readonly selections: readonly Requirement[];
}

/** A change of data at a path (lists on the way are passed through): a key gets a value, or another name. */
export interface Rewrite {
  /** Ends with the key that is meant. */
  readonly path: Path;
  readonly action: { readonly set: unknown } | { readonly rename: string };
}

/** A variable of an entity fetch whose value stands in an object around the entity. */
export interface ContextArgument {
  readonly variable: string;
  /** How many objects up from the entity. */
  readonly levels: number;
  /** From that object down to the value. */
  readonly path: Path;
}

/** The nodes right below a node, in the plan's order. */
export function childrenOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case "fetch":
      return [];
    case "step":
      return [node.node];
    case "condition":
      return [node.whenTrue, node.whenFalse].filter((child) => child !== undefined);
    case "subscription":
      return node.rest === undefined ? [node.primary] : [node.primary, node.rest];
    case "defer":
      return [node.primary, ...node.deferred.map((part) => part.node)].filter((child) => child !== undefined);
    default:
      return node.nodes;
  }
}

/** The node with each node right below it changed; a subscription's primary fetch stays as it is. */
export function mapChildren(node: PlanNode, change: (child: PlanNode) => PlanNode): PlanNode {
  switch (node.kind) {
    case "fetch":
      return node;
    case "step":
      return { ...node, node: change(node.node) };
    case "condition":
      return {
        ...node,
        whenTrue: node.whenTrue && change(node.whenTrue),
        whenFalse: node.whenFalse && change(node.whenFalse),
      };
    case "subscription":
      return { ...node, rest: node.rest && change(node.rest) };
    case "defer":
      return {
        ...node,
        primary: node.primary && change(node.primary),
        deferred: node.deferred.map((part) => ({ ...part, node: part.node && change(part.node) })),
      };
    default:
      return { ...node, nodes: node.nodes.map(change) };
  }
}

/** Every fetch below a node, in the plan's order. */
export function fetchesOf(node: PlanNode | undefined): readonly FetchNode[] {
  if (node === undefined) return [];
  return node.kind === "fetch" ? [node] : childrenOf(node).flatMap(fetchesOf);
}
