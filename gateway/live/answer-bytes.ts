import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";

const measured = new WeakMap<SubgraphAnswer, number>();

/** About how much memory an answer takes while it waits for its clients, however many they are; measured once. */
export function answerBytes(answer: SubgraphAnswer): number {
  let bytes = measured.get(answer);
  if (bytes === undefined) {
    bytes = JSON.stringify(answer).length;
    measured.set(answer, bytes);
  }
  return bytes;
}
