import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { readSandboxConfig } from "../config.ts";
import { startIdentity } from "./start.ts";

const logger = createLogger("sandbox-identity");
runMain(logger, async (shutdown) => {
  await startIdentity(readSandboxConfig(process.env).identity, logger, shutdown);
});
