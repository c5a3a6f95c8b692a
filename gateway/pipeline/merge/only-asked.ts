import type { Tree } from "../../projection/projection.ts";

/**
 * An object of an answer without what was not asked for: the object itself when it has nothing else, as is usual, or a
 * copy (of this level). So no subgraph gives values to fields that another one was asked for.
 */
export function onlyAsked(answer: Tree, asked: { readonly has: (key: string) => boolean }): Tree {
  for (const key in answer) {
    if (asked.has(key)) continue;
    return Object.fromEntries(Object.entries(answer).filter(([name]) => asked.has(name)));
  }
  return answer;
}
