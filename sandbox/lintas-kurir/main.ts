import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { courierConfig, readSandboxConfig } from "../config.ts";
import { startCourier } from "../couriers/courier.ts";
import { createLintasKurir } from "./server.ts";

const logger = createLogger("sandbox-lintas-kurir");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startCourier(createLintasKurir, courierConfig(config, "lintas-kurir"), config.dataDir, logger, shutdown);
});
