import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { providerConfig, readSandboxConfig } from "../config.ts";
import { startProvider } from "../start.ts";
import { createBankCendana } from "./server.ts";

const logger = createLogger("sandbox-bank-cendana");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startProvider(createBankCendana, providerConfig(config, "bank-cendana"), config.dataDir, logger, shutdown);
});
