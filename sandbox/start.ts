import type { FastifyInstance } from "fastify";
import type { Logger } from "../platform/runtime/logger.ts";
import type { Shutdown } from "../platform/runtime/shutdown.ts";
import type { Clock } from "../platform/values/instants.ts";
import type { Provider } from "./provider.ts";
import { listen } from "./server.ts";

/** A provider that is ready to listen. */
export interface ReadyProvider {
  readonly name: string;
  readonly port: number;
  readonly app: FastifyInstance;
  readonly provider: Provider;
}

/** Opens a provider's book and builds its server. @throws JournalError */
export type CreateProvider<Config> = (
  config: Config,
  dataDir: string,
  logger: Logger,
  clock: Clock,
) => Promise<ReadyProvider>;

/** Starts a provider: its book, its port, then what it still owes the merchant. @throws PortTakenError, JournalError */
export async function startProvider<Config>(
  create: CreateProvider<Config>,
  config: Config,
  dataDir: string,
  logger: Logger,
  shutdown: Shutdown,
): Promise<void> {
  const { name, port, app, provider } = await create(config, dataDir, logger, () => new Date());
  shutdown.add(`${name} book`, () => provider.close());
  shutdown.add(`${name} server`, () => app.close());
  await listen(app, name, port);
  provider.delivery.resume();
  logger.info({ provider: name, port }, "listening");
}
