import { SubgraphFault } from "./subgraph-fault.ts";
import type { SubgraphEndpoint, SubgraphTransport } from "./subgraph-transport.ts";

/** When a subgraph is left alone. */
export interface BreakerLimits {
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** How long it stays open before one request tries again. */
  readonly openMs: number;
}

/** Twenty failures in a row, then a try every two seconds. */
export const defaultBreakerLimits: BreakerLimits = { failures: 20, openMs: 2_000 };

interface Circuit {
  failures: number;
  /** In the clock's milliseconds; while it lies ahead, nothing is sent. */
  openUntil: number;
  isTrying: boolean;
}

function isFailure(error: unknown): boolean {
  return error instanceof SubgraphFault && (error.kind === "unavailable" || error.kind === "timeout");
}

/**
 * Stops sending to a subgraph that has failed many times in a row, and tries it again from time to time. What is not
 * sent fails at once as `unavailable`, and surely did nothing.
 */
export function breakCircuits(
  transport: SubgraphTransport,
  limitsOf: (service: string) => BreakerLimits,
  nowMs: () => number,
): SubgraphTransport {
  // By address too: one that a subgraph has left says nothing about the one that it has moved to. There are few.
  const circuits = new Map<string, Circuit>();

  function circuitOf({ service, url }: SubgraphEndpoint): Circuit {
    const key = `${service} ${url}`;
    const present = circuits.get(key);
    if (present !== undefined) return present;
    const circuit = { failures: 0, openUntil: 0, isTrying: false };
    circuits.set(key, circuit);
    return circuit;
  }

  return {
    ...transport,
    post: async (request) => {
      const { service } = request.endpoint;
      const circuit = circuitOf(request.endpoint);
      const limits = limitsOf(service);
      const isOpen = circuit.failures >= limits.failures;
      if (isOpen && (circuit.isTrying || nowMs() < circuit.openUntil)) {
        throw new SubgraphFault("was not asked, because it failed many times in a row", {
          service,
          kind: "unavailable",
          mayHaveActed: false,
        });
      }
      if (isOpen) circuit.isTrying = true;
      try {
        const answer = await transport.post(request);
        circuit.failures = 0;
        return answer;
      } catch (error) {
        if (isFailure(error)) {
          circuit.failures += 1;
          circuit.openUntil = nowMs() + limits.openMs;
        } else if (error instanceof SubgraphFault) circuit.failures = 0;
        // A query that was given up says nothing about the subgraph.
        throw error;
      } finally {
        if (isOpen) circuit.isTrying = false;
      }
    },
  };
}
