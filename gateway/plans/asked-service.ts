import { type Selected, selectedBy, selectedOfEntities } from "./fetch-keys.ts";
import { type FetchNode, fetchesOf, type PlanNode, type Path as PlanPath } from "./plan.ts";

type Path = readonly (string | number)[];

/** What is left of a path after a fetch's place; undefined when it is not below that. */
function below(path: Path, place: PlanPath): Path | undefined {
  let at = 0;
  for (const step of place) {
    if (typeof step !== "string") continue;
    if (step === "@") {
      // A list of lists is one step.
      while (typeof path[at] === "number") at += 1;
    } else if (path[at] === step) at += 1;
    else return undefined;
  }
  return path.slice(at);
}

function isSelected(path: Path | undefined, from: Selected): boolean {
  const keys = path?.filter((key) => typeof key === "string") ?? [];
  let at: Selected | undefined = from;
  for (const key of keys) {
    if (at?.has(key) !== true) return false;
    at = at.get(key);
  }
  return keys.length > 0;
}

function asks(fetch: FetchNode, path: Path): boolean {
  if (fetch.entities.length === 0) return isSelected(below(path, fetch.path), selectedBy(fetch));
  return fetch.entities.some(({ alias, paths }) =>
    paths.some((place) => isSelected(below(path, place), selectedOfEntities(fetch, alias))),
  );
}

/** The subgraph that a plan asks for the value at a path in planned keys; undefined when there is not exactly one. */
export function askedService(plan: PlanNode | undefined, path: Path): string | undefined {
  const services = new Set<string>();
  for (const fetch of fetchesOf(plan)) if (asks(fetch, path)) services.add(fetch.subgraph);
  const [only] = services;
  return services.size === 1 ? only : undefined;
}
