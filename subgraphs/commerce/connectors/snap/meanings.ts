import type { ProviderOutcome, RequestOutcome, StatusAnswer } from "../../domain/ports.ts";
import type { SnapOutcome } from "./client.ts";

/** A connector's table: the codes that are understood (HTTP status and case, `40414`), each with its meaning. */
export type CodeTable<Meaning extends string> = Readonly<Record<string, Meaning>>;

/** An answer put into a connector's words. Everything that its table does not list is `unknown`. */
export type Understood<Meaning extends string> =
  | { readonly meaning: Meaning; readonly reason: string; readonly body: Readonly<Record<string, unknown>> }
  | { readonly meaning: "unknown"; readonly reason: string; readonly body: null };

/** Looks an outcome up: silence, a call that never arrived and an unlisted code are `unknown`, never failed. */
export function understand<Meaning extends string>(
  table: CodeTable<Meaning>,
  outcome: SnapOutcome,
): Understood<Meaning> {
  if (outcome.kind !== "answered") return { meaning: "unknown", reason: outcome.reason, body: null };
  const { code, body } = outcome;
  const reason = `${String(body.responseCode)} ${String(body.responseMessage ?? "").slice(0, 150)}`.trim();
  const meaning = table[code];
  return meaning === undefined ? { meaning: "unknown", reason, body: null } : { meaning, reason, body };
}

/** What `latestTransactionStatus` means for a charge that a merchant presented. Source: SNAP, list of statuses. */
export const transactionStatusMeanings: CodeTable<"paid" | "pending" | "moving" | "not-found" | "failed" | "refunded"> =
  {
    "00": "paid",
    "01": "pending",
    "02": "moving",
    "03": "moving",
    "04": "refunded",
    "05": "failed",
    "06": "failed",
    "07": "not-found",
  };

/** An outcome that says nothing. */
export function unknown(reason: string): Extract<RequestOutcome & StatusAnswer & ProviderOutcome, { kind: "unknown" }> {
  return { kind: "unknown", reason };
}
