import { SubgraphFault } from "./subgraph-fault.ts";
import type { SubgraphPost, SubgraphTransport } from "./subgraph-transport.ts";

/** How often a failed request may be sent again. */
export interface RetryLimits {
  /** Retries saved up for each request, so that a failing subgraph never gets many more requests than clients send. */
  readonly retriesPerRequest: number;
  /** Retries that can be saved up. */
  readonly savedRetries: number;
  readonly pauseMs: number;
}

/** One retry for each ten requests. */
export const defaultRetryLimits: RetryLimits = { retriesPerRequest: 0.1, savedRetries: 10, pauseMs: 25 };

function mayRepeat(request: SubgraphPost, error: unknown): boolean {
  if (!(error instanceof SubgraphFault) || error.kind !== "unavailable") return false;
  // A mutation that surely never arrived is the client's to repeat; one that may have acted needs its owner's memory.
  return request.isQuery || request.headers["idempotency-key"] !== undefined;
}

/** What is known after two attempts: when the first may have acted, it may have, however surely the second did not. */
function sinceBoth(first: unknown, second: unknown): unknown {
  if (!(first instanceof SubgraphFault) || !(second instanceof SubgraphFault)) return second;
  if (!first.mayHaveActed || second.mayHaveActed) return second;
  const { service, kind, status } = second;
  const details = { service, kind, mayHaveActed: true, cause: second, ...(status === undefined ? {} : { status }) };
  return new SubgraphFault(`failed again after it may have acted at first (${first.message})`, details);
}

/**
 * Sends a request once more when its subgraph was unavailable: queries, and mutations with an idempotency key, whose
 * owner answers the first result again. Never another mutation, never after a time-out.
 */
export function retryOnce(
  transport: SubgraphTransport,
  limitsOf: (service: string) => RetryLimits,
  random: () => number,
): SubgraphTransport {
  const saved = new Map<string, number>();
  return {
    ...transport,
    post: async (request) => {
      const { service } = request.endpoint;
      const limits = limitsOf(service);
      const budget = Math.min(
        limits.savedRetries,
        (saved.get(service) ?? limits.savedRetries) + limits.retriesPerRequest,
      );
      saved.set(service, budget);
      try {
        return await transport.post(request);
      } catch (error) {
        const left = saved.get(service) ?? 0;
        if (!mayRepeat(request, error) || left < 1) throw error;
        saved.set(service, left - 1);
        await new Promise((resolve) => setTimeout(resolve, limits.pauseMs * (0.5 + random())));
        return await transport.post(request).catch((second: unknown) => {
          throw sinceBoth(error, second);
        });
      }
    },
  };
}
