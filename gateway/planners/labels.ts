import type { ActiveLabels } from "./protocol.ts";

/** Whether a label is on. */
export function isActive(label: string, labels: ActiveLabels): boolean {
  const share = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label)?.[1];
  return share === undefined ? labels.names.includes(label) : labels.percentage < Number(share);
}
