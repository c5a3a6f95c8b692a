import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { providerConfig, readSandboxConfig } from "../config.ts";
import { startProvider } from "../start.ts";
import { createKantong } from "./server.ts";

const logger = createLogger("sandbox-kantong");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startProvider(createKantong, providerConfig(config, "kantong"), config.dataDir, logger, shutdown);
});
