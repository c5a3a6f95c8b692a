import type { Logger } from "../../../platform/runtime/logger.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { createBankCendanaTransfers } from "../connectors/bank-cendana/transfers.ts";
import { openProviderConnections } from "../connectors/connections.ts";
import { openProvidersFile } from "../connectors/providers-file.ts";
import { createSnapClient } from "../connectors/snap/client.ts";
import { createCloseLedgerDay } from "../domain/actions/close-ledger-day.ts";
import { createPayOut } from "../domain/actions/pay-out.ts";
import { createPayOutBatch } from "../domain/actions/pay-out-batch.ts";
import type { Workflow } from "../domain/durable-run.ts";
import type { DailyWorkflowName, Transactions } from "../domain/ports.ts";
import { createDurableWork } from "../store/durable/start-in-tx.ts";
import { randomDigits } from "./connectors.ts";

/** What a day brings: payouts, and the closing of the ledger's day. */
export interface Daily {
  /** What the worker runs. */
  readonly workflows: Readonly<Record<DailyWorkflowName, Workflow>>;
  /** Gives the connections to the bank back. */
  readonly close: () => Promise<void>;
}

/** What it is put together from. */
export interface DailySettings {
  /** COMMERCE_PROVIDERS_FILE. */
  readonly providersFile: string;
  readonly transactions: Transactions;
  readonly takeLedgerSnapshot: (at: Date) => Promise<unknown>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly logger: Logger;
}

// Nobody waits for a payout; the bank may take its time before it counts as unknown.
const bankDeadlineMs = 10_000;
const bank = "bank-cendana";

/** Puts together what a day brings. */
export function composeDaily(settings: DailySettings): Daily {
  const { transactions, clock, newId, logger } = settings;
  const dispatcher = openProviderConnections();
  const { keys, transfer } = openProvidersFile(settings.providersFile, logger).snap(bank);
  const provider =
    transfer === undefined
      ? null
      : createBankCendanaTransfers(
          createSnapClient({
            keys,
            dispatcher,
            clock,
            randomDigits,
            deadlineMs: bankDeadlineMs,
            logger,
          }),
          transfer,
        );
  const work = createDurableWork(clock);
  const payouts = { transactions, work, provider, clock, newId };
  return {
    workflows: {
      "pay-out-batch": createPayOutBatch(payouts),
      "pay-out": createPayOut(payouts),
      "close-ledger-day": createCloseLedgerDay({ clock, takeSnapshot: settings.takeLedgerSnapshot }),
    },
    close: () => dispatcher.destroy(),
  };
}
