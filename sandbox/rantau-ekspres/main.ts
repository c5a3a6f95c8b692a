import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { courierConfig, readSandboxConfig } from "../config.ts";
import { startCourier } from "../couriers/courier.ts";
import { createRantauEkspres } from "./server.ts";

const logger = createLogger("sandbox-rantau-ekspres");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startCourier(createRantauEkspres, courierConfig(config, "rantau-ekspres"), config.dataDir, logger, shutdown);
});
