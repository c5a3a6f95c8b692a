import { Counter, Registry } from "prom-client";

/** A provider's Prometheus registry; several providers can share a process, so Node's own metrics are left out. */
export function createProviderMetrics(provider: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: `sandbox-${provider}` });
  return registry;
}

/** Counts answers to the merchant. Metric: `sandbox_answers_total` by operation and response code. */
export function answeredCounter(registry: Registry): Counter<"operation" | "response_code"> {
  return new Counter({
    name: "sandbox_answers_total",
    help: "Answers to the merchant by operation and response code",
    labelNames: ["operation", "response_code"],
    registers: [registry],
  });
}
