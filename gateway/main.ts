import process from "node:process";
import { ConfigurationError } from "../platform/runtime/config.ts";
import { createLogger } from "../platform/runtime/logger.ts";
import { runMain } from "../platform/runtime/shutdown.ts";
import { readCommandLine, usage } from "./command-line.ts";
import { readGatewayConfig } from "./read-config.ts";

// @apollo/gateway, loaded with its engine further on, would otherwise report to its maker.
process.env.APOLLO_TELEMETRY_DISABLED = "1";

const { asksHelp, configFile, overrides } = readArguments();
if (asksHelp) {
  process.stdout.write(usage);
  process.exit(0);
}

function readArguments() {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`gateway: ${error.message}\n`);
    process.exit(2);
  }
}

const logger = createLogger("gateway");
runMain(logger, async (shutdown) => {
  const planner = overrides.planner ?? process.env.ETALASE_PLANNER;
  const config = readGatewayConfig(configFile, { ...overrides, planner });
  const { createGateway } = await import("./server.ts");
  const gateway = await createGateway(config, logger);
  const address = await listen(gateway.listen, config.host, config.port);
  shutdown.add("gateway", gateway.close, gateway.closeWithinMs);
  logger.info({ address, engine: config.engine, supergraph: config.supergraph }, "the gateway is ready");
});

async function listen(start: () => Promise<string>, host: string, port: number): Promise<string> {
  try {
    return await start();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") {
      throw new ConfigurationError(
        `port ${port} of ${host} is taken; stop what listens there or choose another with --port`,
      );
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL") {
      throw new ConfigurationError(
        `cannot listen on port ${port} of ${host} (${code}); choose others with --host and --port`,
      );
    }
    throw cause;
  }
}
