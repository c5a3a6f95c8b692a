import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import { requestHistogram } from "../../platform/runtime/metrics.ts";
import type { Engine } from "../engine.ts";

/** What the probes ask. */
export interface ProbeParts {
  readonly engine: Engine;
  readonly isStopping: () => boolean;
  /** Why the supergraph in use is the copy on disk; undefined when it is the source's own. */
  readonly staleBecause: () => string | undefined;
  /** Asked by `?deep` alone: whether each subgraph can be connected to. */
  readonly reachableSubgraphs: () => Promise<Readonly<Record<string, boolean>>>;
  readonly metrics: Registry;
}

/**
 * Serves /health/live, /health/ready and /metrics. Ready means: the engine has a supergraph and nobody said stop.
 * `stale` says that the supergraph is the last good copy, and why. `/health/ready?deep` also reports the subgraphs; a dead one never makes the gateway unready, or one organisation's
 * outage would take the shop window away from all.
 */
export function addProbes(http: FastifyInstance, parts: ProbeParts): void {
  const { engine, metrics } = parts;
  const durations = requestHistogram(metrics);
  const series = new Map<string, ReturnType<typeof durations.labels>>();
  http.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    const status = String(reply.statusCode);
    let one = series.get(`${route} ${status}`);
    if (one === undefined) {
      one = durations.labels({ route, status });
      series.set(`${route} ${status}`, one);
    }
    one.observe(reply.elapsedTime / 1000);
    done();
  });
  http.get("/health/live", async () => ({ status: "live" }));
  http.get<{ Querystring: Record<string, unknown> }>("/health/ready", async (request, reply) => {
    const supergraph = engine.supergraphInUse();
    if (parts.isStopping() || supergraph === undefined) {
      const reason = parts.isStopping() ? "the gateway is stopping" : "no supergraph is loaded yet";
      return reply.code(503).send({ status: "not ready", reason });
    }
    const because = parts.staleBecause();
    const stale = because === undefined ? {} : { stale: true, because };
    const ready = { status: "ready", engine: engine.name, supergraph: supergraph.version, ...stale };
    return "deep" in request.query ? { ...ready, subgraphs: await parts.reachableSubgraphs() } : ready;
  });
  http.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}
