import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { startStorefront } from "./application.ts";
import { readStorefrontConfig } from "./config.ts";

const logger = createLogger("storefront");

runMain(logger, async (shutdown) => {
  const storefront = await startStorefront(readStorefrontConfig(process.env), logger);
  shutdown.add("storefront", storefront.close);
  logger.info({ port: storefront.port, eventsPort: storefront.eventsPort }, "listening");
});
