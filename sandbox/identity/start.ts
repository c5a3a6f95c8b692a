import type { Logger } from "../../platform/runtime/logger.ts";
import type { Shutdown } from "../../platform/runtime/shutdown.ts";
import type { IdentityConfig } from "../config.ts";
import { listen } from "../server.ts";
import { createIdentityServer } from "./server.ts";

/** Starts the identity provider on its port. @throws ConfigurationError, PortTakenError */
export async function startIdentity(config: IdentityConfig, logger: Logger, shutdown: Shutdown): Promise<void> {
  const app = await createIdentityServer(config, logger, () => new Date());
  shutdown.add("identity server", () => app.close());
  await listen(app, "identity", config.port);
  logger.info({ provider: "identity", port: config.port }, "listening");
}
