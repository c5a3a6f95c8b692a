import { z } from "zod";
import { readEnvironment } from "../../../platform/runtime/config.ts";
import { newId } from "../../../platform/runtime/ids.ts";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { runMain } from "../../../platform/runtime/shutdown.ts";
import { dayInJakarta } from "../domain/actions/start-day.ts";
import { openParts } from "../parts.ts";

const environmentShape = z.object({
  COMMERCE_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
});
const batchShape = z.string().regex(/^[\w-]{1,40}$/, "a batch has 1 to 40 letters, digits, _ and -");

const logger = createLogger("commerce-start-payouts");

// The operator starts a batch of payouts: `npm run payouts:start -- [<batch>]`. The worker carries it out. A batch that was
// started before promises nothing again, but the payouts that are open are taken up each time; without a name it is that of
// today, which the worker starts by itself.
runMain(logger, async (shutdown) => {
  const { COMMERCE_DATABASE_URL: databaseUrl } = readEnvironment(environmentShape, process.env);
  const parts = openParts({ service: "commerce-start-payouts", databaseUrl, databaseMaxConnections: 2 }, logger);
  shutdown.add("database", parts.close);
  const batch = batchShape.parse(process.argv[2] ?? dayInJakarta(parts.clock()));
  await parts.store.transactions.runInTransaction(async (tx) => {
    await parts.work.startInTx(tx, "pay-out-batch", `pay-out-batch:${batch}`, { batch });
    await parts.work.startInTx(tx, "pay-out-batch", `pay-out-batch:${batch}:open:${newId()}`, { batch, only: "open" });
  });
  process.stdout.write(`batch ${batch} is started; the worker carries it out\n`);
  await shutdown.now("started");
});
