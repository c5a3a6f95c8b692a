import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import { claimLetters, type Letter, type Settlement, settleLetters } from "./outbox.ts";

/**
 * What became of sending an event. `refused`: the receiver will never take it as it is. `failed`: it may later. `down`: the
 * receiver as a whole is not there, so that trying others is no use now.
 */
export type Delivery =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused" | "failed" | "down"; readonly fault: string };

/** When a relay tries again, and when it gives up. */
export interface RelayPolicy {
  /** Most events at once. */
  readonly batch: number;
  /** How long a claim lasts; longer than any delivery, so that only the dead lose theirs. */
  readonly leaseMs: number;
  /** Pause before the second attempt; it doubles with each one, up to `longestRetryMs`. Half of it is left to chance. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** An event that fails so long after its first attempt is dead. */
  readonly deadAfterMs: number;
  /** Pause of the whole relay while the receiver is down; it doubles from a quarter of a second up to this. */
  readonly longestRestMs: number;
  /** Pause when nothing is due. */
  readonly idleMs: number;
}

/** 16 at once, leases of 20 s, retries from 1 s to 10 minutes, dead after 3 days, rests of at most 15 s. */
export const defaultRelayPolicy: RelayPolicy = {
  batch: 16,
  leaseMs: 20_000,
  firstRetryMs: 1_000,
  longestRetryMs: 600_000,
  deadAfterMs: 3 * 86_400_000,
  longestRestMs: 15_000,
  idleMs: 250,
};

/** What a relay needs. */
export interface RelaySettings {
  readonly pool: Pool;
  /** Sends one event; faults are answers, never thrown. */
  readonly deliver: (letter: Letter) => Promise<Delivery>;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly policy?: Partial<RelayPolicy> | undefined;
}

/** What one round did. */
export interface Round {
  readonly claimed: number;
  readonly delivered: number;
  /** Whether everything that was tried found the receiver down. */
  readonly isDown: boolean;
}

/** Sends what is in the outbox. Several may run at once, in any number of processes. */
export interface OutboxRelay {
  /** Claims, sends, writes down; once. */
  readonly look: () => Promise<Round>;
  /** Looks again and again until the function it answers is called, which waits for the round under way. */
  readonly start: () => () => Promise<void>;
}

const firstRestMs = 250;
const mostFaultLength = 300;
const ageSql = "coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds";

/** Half of the doubled pause, and up to as much again by chance, so that many that failed together do not come together. */
export function retryDelayMs(attempts: number, policy: RelayPolicy, random: () => number): number {
  const doubled = Math.min(policy.firstRetryMs * 2 ** Math.min(attempts - 1, 30), policy.longestRetryMs);
  return Math.round(doubled * (0.5 + random() / 2));
}

function settle(letter: Letter, delivery: Delivery, policy: RelayPolicy, random: () => number): Settlement {
  if (delivery.kind === "delivered") return { letter, outcome: "delivered", delayMs: 0, fault: null };
  const fault = delivery.fault.slice(0, mostFaultLength);
  const isDead = delivery.kind === "refused" || letter.triedForMs >= policy.deadAfterMs;
  if (isDead) return { letter, outcome: "dead", delayMs: 0, fault };
  return { letter, outcome: "retry", delayMs: retryDelayMs(letter.attempts, policy, random), fault };
}

function exposeOutbox(pool: Pool, metrics: Registry): void {
  const oldest = new Gauge({
    name: "outbox_oldest_seconds",
    help: "Age of the oldest event that is not delivered, by state",
    labelNames: ["state"],
    registers: [metrics],
  });
  new Gauge({
    name: "outbox_events",
    help: "Events that are not delivered, by state; dead ones wait for a person",
    labelNames: ["state"],
    registers: [metrics],
    collect: async function collect() {
      const { rows } = await pool.query<{ state: string; events: number; seconds: number }>(
        `SELECT 'pending' AS state, count(*)::int AS events, ${ageSql} FROM outbox_event
         WHERE delivered_at IS NULL AND dead_at IS NULL
         UNION ALL SELECT 'dead', count(*)::int, ${ageSql} FROM outbox_event WHERE dead_at IS NOT NULL`,
      );
      for (const { state, events, seconds } of rows) {
        this.set({ state }, events);
        oldest.set({ state }, seconds);
      }
    },
  });
}

/** Makes a relay. Metrics: `outbox_deliveries_total` by outcome, `outbox_events` and `outbox_oldest_seconds` by state. */
export function createOutboxRelay(settings: RelaySettings): OutboxRelay {
  const { pool, deliver, random, logger } = settings;
  const policy = { ...defaultRelayPolicy, ...settings.policy };
  const counter = new Counter({
    name: "outbox_deliveries_total",
    help: "Attempts to deliver events, by outcome",
    labelNames: ["outcome"],
    registers: [settings.metrics],
  });
  exposeOutbox(pool, settings.metrics);

  function report(settlements: readonly Settlement[]): void {
    for (const { outcome } of settlements) counter.inc({ outcome });
    for (const { letter, outcome, fault } of settlements) {
      if (outcome === "dead")
        logger.error({ id: letter.id, event: letter.name, fault }, "an event is a dead letter now");
    }
    const [first, ...others] = settlements.filter(({ outcome }) => outcome === "retry");
    if (first === undefined) return;
    const { id, name, attempts } = first.letter;
    logger.warn({ id, event: name, attempts, fault: first.fault, others: others.length }, "events were not delivered");
  }
  async function look(): Promise<Round> {
    const claimId = randomUUID();
    const letters = await claimLetters(pool, claimId, policy.leaseMs, policy.batch);
    if (letters.length === 0) return { claimed: 0, delivered: 0, isDown: false };
    const deliveries = await Promise.all(letters.map(async (letter) => ({ letter, delivery: await deliver(letter) })));
    const settlements = deliveries.map(({ letter, delivery }) => settle(letter, delivery, policy, random));
    await settleLetters(pool, claimId, settlements);
    report(settlements);
    return {
      claimed: letters.length,
      delivered: settlements.filter(({ outcome }) => outcome === "delivered").length,
      isDown: deliveries.every(({ delivery }) => delivery.kind === "down"),
    };
  }
  async function run(stop: AbortSignal): Promise<void> {
    let restMs = 0;
    while (!stop.aborted) {
      let pauseMs = policy.idleMs;
      try {
        const { claimed, isDown } = await look();
        if (claimed > 0) restMs = isDown ? Math.min(Math.max(restMs * 2, firstRestMs), policy.longestRestMs) : 0;
        if (claimed > 0) pauseMs = restMs;
      } catch (error) {
        logger.warn({ err: error }, "the outbox could not be looked at; trying again");
        pauseMs = Math.max(policy.idleMs, firstRestMs * 4);
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return {
    look,
    start: () => {
      const stopping = new AbortController();
      const running = run(stopping.signal);
      return async () => {
        stopping.abort();
        await running;
      };
    },
  };
}
