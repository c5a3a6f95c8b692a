import type { FetchNode } from "./plan.ts";

const heads = new WeakMap<FetchNode, string>();

/**
 * The JSON text of a fetch's request.
 * @param own - JSON texts of the fetch's own variables (representations, contexts), by name
 * @param variables - the client's; one that was left out stays out, for that is not the same as null
 */
export function bodyOf(
  fetch: FetchNode,
  own: readonly (readonly [name: string, json: string])[],
  variables: Readonly<Record<string, unknown>>,
): string {
  let head = heads.get(fetch);
  if (head === undefined) {
    head = `{"query":${JSON.stringify(fetch.operation)}`;
    heads.set(fetch, head);
  }
  const parts = own.map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  for (const name of fetch.variables) {
    if (Object.hasOwn(variables, name)) parts.push(`${JSON.stringify(name)}:${JSON.stringify(variables[name])}`);
  }
  return parts.length === 0 ? `${head}}` : `${head},"variables":{${parts.join(",")}}}`;
}
