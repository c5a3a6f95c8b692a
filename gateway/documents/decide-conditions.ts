import { type ConstValueNode, type DocumentNode, Kind, type OperationDefinitionNode, visit } from "graphql";

/** A document for one choice of its conditions. */
export interface DecidedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The choice as text, for keys. */
  readonly choice: string;
}

/**
 * Puts the values of variables into `@skip` and `@include`. Planners know far more documents without conditions than with
 * them: the native one aborts over some conditions around entities, Apollo's makes plans that ask external fields.
 * @returns undefined when no condition depends on a variable
 */
export function decideConditions(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): DecidedDocument | undefined {
  const chosen = new Map<string, boolean>();
  const position = document.definitions.indexOf(operation);
  const decided = visit(document, {
    Directive: (directive) => {
      if (directive.name.value !== "skip" && directive.name.value !== "include") return undefined;
      const [argument] = directive.arguments ?? [];
      if (argument?.value.kind !== Kind.VARIABLE) return undefined;
      const { value: name } = argument.value.name;
      const value: ConstValueNode = { kind: Kind.BOOLEAN, value: variables[name] === true };
      chosen.set(name, value.value);
      return { ...directive, arguments: [{ ...argument, value }] };
    },
  });
  const found = decided.definitions[position];
  if (chosen.size === 0 || found?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const choice = [...chosen].sort().map(([name, value]) => `${name}=${value}`);
  return { document: decided, operation: found, choice: choice.join(" ") };
}
