import { z } from "zod";
import { readEnvironment } from "../../../platform/runtime/config.ts";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { runMain } from "../../../platform/runtime/shutdown.ts";
import type { LedgerAudit } from "../domain/reads.ts";
import { openParts } from "../parts.ts";

const environmentShape = z.object({
  COMMERCE_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
});

const mostShown = 20;

interface Check {
  readonly name: string;
  /** One line for each fault. */
  readonly faults: readonly string[];
}

function checksOf(audit: LedgerAudit): Check[] {
  return [
    { name: "every transaction sums to zero", faults: audit.unbalancedTransactions },
    { name: "all entries sum to zero", faults: audit.isSumZero ? [] : ["the entries of a currency do not"] },
    {
      name: "escrow is what buyers paid and nobody is owed yet",
      faults: audit.escrowMismatches.map((fault) => `${fault.orderId}: ${fault.posted}, not ${fault.expected}`),
    },
    { name: "nothing is given back that was not paid", faults: audit.overRefundedOrders },
    { name: "commissions by line are what was posted for them", faults: audit.commissionMismatches },
    {
      name: "a replay arrives at every kept balance",
      faults: audit.snapshotMismatches.map(
        (fault) => `${fault.snapshotId} ${fault.account}: kept ${fault.kept}, replayed ${fault.replayed}`,
      ),
    },
    { name: "every transfer moved what its resolution says", faults: audit.transferFaults },
    {
      name: "nothing is taken that was not there",
      faults: audit.overdrawnAccounts.map((fault) => `${fault.account}: ${fault.balance}`),
    },
    { name: "every account is in the chart", faults: audit.strayAccounts },
  ];
}

function render(audit: LedgerAudit, checks: readonly Check[]): string {
  const { transactions, entries, accounts, transfers, snapshots } = audit.size;
  const lines = [
    `${transactions} transactions, ${entries} entries, ${accounts} accounts, ${transfers} transfers, ${snapshots} snapshots`,
  ];
  for (const { name, faults } of checks) {
    lines.push(`${faults.length === 0 ? "ok    " : "WRONG "} ${name}`);
    lines.push(...faults.slice(0, mostShown).map((fault) => `         ${fault}`));
    if (faults.length > mostShown) lines.push(`         and ${faults.length - mostShown} more`);
  }
  const violations = checks.reduce((total, { faults }) => total + faults.length, 0);
  return [...lines, `${violations} violations`, ""].join("\n");
}

const logger = createLogger("commerce-verify-ledger");

// The operator's look at the whole ledger: `npm run ledger:verify`. Exits with 1 when anything is wrong.
runMain(logger, async (shutdown) => {
  const { COMMERCE_DATABASE_URL: databaseUrl } = readEnvironment(environmentShape, process.env);
  const settings = { service: "commerce-verify-ledger", databaseUrl, databaseMaxConnections: 2 };
  const parts = openParts(settings, logger);
  shutdown.add("database", parts.close);
  const audit = await parts.store.ledger.audit();
  const checks = checksOf(audit);
  process.stdout.write(render(audit, checks));
  await shutdown.now("verified", checks.every(({ faults }) => faults.length === 0) ? 0 : 1);
});
