import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { processorConfig, readSandboxConfig } from "../config.ts";
import { startProvider } from "../start.ts";
import { createGerbang } from "./server.ts";

const logger = createLogger("sandbox-gerbang");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startProvider(createGerbang, processorConfig(config, "gerbang"), config.dataDir, logger, shutdown);
});
