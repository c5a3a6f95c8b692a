import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

/** A process's Prometheus registry with Node's own metrics. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts the SQL statements a process sends, transaction control included. Metric: `db_statements_total`. */
export function statementCounter(registry: Registry): Counter {
  return new Counter({ name: "db_statements_total", help: "SQL statements sent", registers: [registry] });
}

/** Times HTTP requests in seconds. Metric: `http_request_duration_seconds` by route and status. */
export function requestHistogram(registry: Registry): Histogram<"route" | "status"> {
  return new Histogram({
    name: "http_request_duration_seconds",
    help: "HTTP requests by route and status",
    labelNames: ["route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
}
