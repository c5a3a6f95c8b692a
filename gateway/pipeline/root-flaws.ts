import { completeObject } from "../projection/complete.ts";
import type { ObjectProjection, Tree } from "../projection/projection.ts";

/** Whether some of the root fields' data, by planned keys, could not be given to a client as it is: a null where none may be, a wrong type. */
export function hasFlaw(
  { type, fields }: ObjectProjection,
  data: Tree,
  keys: ReadonlySet<string>,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  let found = false;
  const some = fields.filter((field) => field.value !== undefined && keys.has(field.plannedKey));
  const report = () => {
    found = true;
  };
  completeObject({ type, fields: some }, data, undefined, { variables, introspection: undefined, report });
  return found;
}
