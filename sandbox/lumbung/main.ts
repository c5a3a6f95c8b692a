import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { providerConfig, readSandboxConfig } from "../config.ts";
import { startProvider } from "../start.ts";
import { createLumbung } from "./server.ts";

const logger = createLogger("sandbox-lumbung");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startProvider(createLumbung, providerConfig(config, "lumbung"), config.dataDir, logger, shutdown);
});
