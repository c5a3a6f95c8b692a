import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { Workflow } from "../durable-run.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import type { FetchedFile, SettlementBook, SettlementSource } from "../settlement.ts";
import { readSettlementFile, type SettlementRow } from "../settlement-file.ts";
import { createRowJudge, exceptionOf, type FileName, movementOf, withdrawalOf } from "./judge-settlement-row.ts";

/** What reconciling needs. */
export interface ReconcileDependencies {
  readonly sources: readonly SettlementSource[];
  readonly book: SettlementBook;
  readonly work: DurableWork;
  readonly clock: Clock;
  readonly newId: NewId;
  /** SHA-256 of a text, hex. */
  readonly digest: (text: string) => string;
}

// How long to wait before a file that is missing or unreadable is asked for again, and how often: six days in all.
const againMs = 15 * 60_000;
const mostAttempts = 576;

/**
 * The workflow `reconcile-settlement` { provider, day, attempt? }: fetches a provider's file of a day and holds it against our
 * books, in one transaction. A row that agrees is posted, once: bank, fee and its tax against clearing. Whatever differs is
 * kept as an exception and posted nowhere; it is closed when a later file settles it. What a newer file of the day has no more
 * or has with other sums stays posted and becomes one too. A file that is missing, cut off, of another day or contradicts
 * itself posts nothing and is asked for again.
 */
export function createReconcileSettlement(dependencies: ReconcileDependencies): Workflow {
  const { sources, book, work, clock, newId, digest } = dependencies;
  const judge = createRowJudge(book);

  async function lookForMissing(tx: Transaction, file: FileName): Promise<void> {
    for (const { type, reference, paymentId, grossMinor } of await book.unsettledUntil(tx, file.provider, file.day)) {
      const detail = `no file up to ${file.day} has this ${type.toLowerCase()}`;
      const rest = { reference, paymentId, expectedMinor: grossMinor, currency: tradingCurrency, detail };
      await tx.exceptions.open(exceptionOf(file, "MISSING_ROW", rest), clock());
    }
  }

  async function take(tx: Transaction, file: FileName, rows: readonly SettlementRow[], at: Date): Promise<void> {
    const { provider } = file;
    const firstLines = new Map(rows.toReversed().map((row) => [movementOf(provider, row), row.lineNo]));
    const judged = { ...file, feeRules: await book.feeRules(tx, provider), firstLines };
    for (const row of rows) await book.insertRow(tx, file, row, await judge(tx, judged, row, at));
    for (const row of await book.withdrawnBy(tx, file)) await tx.exceptions.open(withdrawalOf(file, row), at);
  }

  /** Answers whether the day is done with. */
  async function post(tx: Transaction, file: FileName, text: string): Promise<boolean> {
    const { provider, day } = file;
    const at = clock();
    await book.lockProvider(tx, provider);
    const read = readSettlementFile(text, day);
    const rejection = read.ok ? null : read.refusal;
    const isNew = await book.insertFile(tx, { ...file, digest: digest(text), rejection, text }, at);
    if (!read.ok) {
      await tx.exceptions.open(exceptionOf(file, "FILE_UNREADABLE", { detail: read.refusal }), at);
      return book.isPosted(tx, provider, day);
    }
    // The very same file again settles nothing, yet what we booked since may still be missing in it.
    if (isNew) await take(tx, file, read.value, at);
    await lookForMissing(tx, file);
    for (const kind of ["FILE_MISSING", "FILE_UNREADABLE"] as const) {
      await tx.exceptions.close({ provider, kind, reference: day }, "a whole file came");
    }
    return true;
  }

  async function settle(tx: Transaction, file: FileName, fetched: FetchedFile, attempt: number): Promise<void> {
    const { provider, day } = file;
    if (fetched.kind === "file") {
      if (await post(tx, file, fetched.text)) return;
    } else if (await book.isPosted(tx, provider, day)) {
      return;
    } else {
      const why = fetched.kind === "absent" ? "the provider has no file of that day yet" : fetched.reason;
      await tx.exceptions.open(exceptionOf(file, "FILE_MISSING", { detail: why }), clock());
    }
    if (attempt >= mostAttempts) return;
    const id = `reconcile-settlement:${provider}:${day}:${attempt + 1}`;
    const input = { provider, day, attempt: String(attempt + 1) };
    await work.startInTx(tx, "reconcile-settlement", id, input, { delayMs: againMs });
  }

  return async (run, input) => {
    const { provider = "", day = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const source = sources.find((candidate) => candidate.provider === provider);
    if (source === undefined) return;
    const fileId = await run.step("name the file", async () => newId());
    const fetched = await run.step("fetch the file", () => source.fetchFile(day));
    await run.tx("reconcile", (tx) => settle(tx, { id: fileId, provider, day }, fetched, attempt));
  };
}
