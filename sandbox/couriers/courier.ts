import { randomInt } from "node:crypto";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Counter, Registry } from "prom-client";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Shutdown } from "../../platform/runtime/shutdown.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { CourierConfig } from "../config.ts";
import { type Behaviours, createBehaviours } from "../control/behaviours.ts";
import { answeredCounter, createProviderMetrics } from "../metrics.ts";
import { listen } from "../server.ts";
import { openParcelBook, type ParcelBook } from "./book.ts";
import { type CallbackDelivery, createCallbackDelivery, type SignCallback } from "./callbacks.ts";
import type { Parcel, ParcelStep } from "./parcel.ts";

/** One courier at work, whatever it speaks: its book, its way to the merchant. */
export interface Courier {
  readonly name: string;
  readonly displayName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly answered: Counter<"operation" | "response_code">;
  readonly book: ParcelBook;
  readonly behaviours: Behaviours;
  readonly callbacks: CallbackDelivery;
  readonly dialect: CourierDialect;
  /** What tariffs are multiplied with, in hundredths; a test changes it. */
  tariffPercent: number;
  /** Waits, at most until the courier is closed. */
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Leaves a connection without an answer until the caller hangs up or the courier is closed. */
  readonly keepSilent: (response: ServerResponse) => void;
  readonly close: () => Promise<void>;
}

/** What makes one courier differ from another when it speaks first. */
export interface CourierDialect {
  readonly sign: SignCallback;
  /** The message about a step, under a number of its own. */
  readonly bodyOf: (parcel: Parcel, step: ParcelStep, callbackId: string) => string;
}

/** Who a courier is. */
export interface CourierIdentity {
  /** As in the configuration: `lintas-kurir`. Its book is `<name>.jsonl`. */
  readonly name: string;
  readonly displayName: string;
  readonly dialect: CourierDialect;
}

/** A courier that is ready to listen. */
export interface ReadyCourier {
  readonly port: number;
  readonly app: FastifyInstance;
  readonly courier: Courier;
}

/** Opens a courier's book and builds its server. @throws JournalError */
export type CreateCourier<Config> = (
  config: Config,
  dataDir: string,
  logger: Logger,
  clock: Clock,
) => Promise<ReadyCourier>;

/** Random decimal digits, for waybills and numbers of messages. */
export function digits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join("");
}

/** Opens a courier's book and puts its parts together; nothing is delivered before `callbacks.resume()`. */
export async function openCourier(
  { name, displayName, dialect }: CourierIdentity,
  { callbackUrl, notification }: Pick<CourierConfig, "callbackUrl" | "notification">,
  { dataDir, logger, clock }: { readonly dataDir: string; readonly logger: Logger; readonly clock: Clock },
): Promise<Courier> {
  const book = await openParcelBook(join(dataDir, `${name}.jsonl`));
  const stop = new AbortController();
  const silent = new Set<ServerResponse>();
  const callbacks = createCallbackDelivery({
    book,
    callbackUrl,
    config: notification,
    sign: dialect.sign,
    clock,
    logger,
  });
  const metrics = createProviderMetrics(name);
  return {
    name,
    displayName,
    clock,
    logger,
    metrics,
    answered: answeredCounter(metrics),
    book,
    behaviours: createBehaviours(),
    callbacks,
    dialect,
    tariffPercent: 100,
    sleep: (delayMs) => delay(delayMs, undefined, { signal: stop.signal }).catch(() => undefined),
    keepSilent(response) {
      silent.add(response);
      response.on("close", () => void silent.delete(response));
    },
    async close() {
      stop.abort(new Error("the courier is closing"));
      for (const response of silent) response.destroy();
      await callbacks.close();
      await book.close();
    },
  };
}

/** Starts a courier: its book, its port, then what it still owes the merchant. @throws PortTakenError, JournalError */
export async function startCourier<Config>(
  create: CreateCourier<Config>,
  config: Config,
  dataDir: string,
  logger: Logger,
  shutdown: Shutdown,
): Promise<void> {
  const { port, app, courier } = await create(config, dataDir, logger, () => new Date());
  shutdown.add(`${courier.name} book`, () => courier.close());
  shutdown.add(`${courier.name} server`, () => app.close());
  await listen(app, courier.name, port);
  courier.callbacks.resume();
  logger.info({ courier: courier.name, port }, "listening");
}
