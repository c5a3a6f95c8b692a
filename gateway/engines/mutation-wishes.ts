import type { EngineOperation } from "../engine.ts";

// What a client asks for a mutation as a whole, by headers and by a directive.

/** Header and directive by which a client asks that a failed root field stop those after it. */
const stopOnErrorHeader = "x-stop-on-error";
const stopOnErrorDirective = "stopOnError";
/** Declares the directive. */
export const stopOnErrorSdl = `
"Root fields of this mutation are carried out only while those before them go well; the others answer NOT_EXECUTED."
directive @${stopOnErrorDirective} on MUTATION
`;

/** Header by which a client names an attempt, so that trying it again changes nothing twice. */
const idempotencyHeader = "idempotency-key";

/** Whether root fields after a failed one are to be left out. */
export function stopsOnError({ operation, header }: EngineOperation): boolean {
  if (operation.operation !== "mutation") return false;
  if (operation.directives?.some(({ name }) => name.value === stopOnErrorDirective)) return true;
  const given = header(stopOnErrorHeader);
  return given === "true" || given === "1";
}

/** Names the client's attempt at a mutation. An empty header would be the same name for all who send it: it is none. */
export function idempotencyKeyOf({ operation, header }: EngineOperation): string | undefined {
  if (operation.operation !== "mutation") return undefined;
  const given = header(idempotencyHeader);
  return given === undefined || given.trim() === "" ? undefined : given;
}
