import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { providerConfig, readSandboxConfig } from "../config.ts";
import { startProvider } from "../start.ts";
import { createBankMeranti } from "./server.ts";

const logger = createLogger("sandbox-bank-meranti");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startProvider(createBankMeranti, providerConfig(config, "bank-meranti"), config.dataDir, logger, shutdown);
});
