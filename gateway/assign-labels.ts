import type { Logger } from "../platform/runtime/logger.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { createLabelService } from "./policy/label-service.ts";
import { type AssignLabels, createLabelPolicy, LabelsFile } from "./policy/labels.ts";
import { readSecret } from "./policy/organisation-tokens.ts";
import { readHeadersFile } from "./transport/headers-file.ts";

/** Who decides about labels, as configured. */
export interface LabelAssignment {
  readonly assign: AssignLabels;
  readonly stop: () => void;
}

const fileIntervalMs = 1_000;

/**
 * Puts together what configuration names: header, file with shares, outside service. Labels that any of them switches on
 * are on. @throws ConfigurationError when the service's secret or headers file cannot be used
 */
export async function startLabelAssignment(
  { labels }: Pick<GatewayConfig, "labels">,
  logger: Logger,
  metrics: GatewayMetrics,
): Promise<LabelAssignment> {
  const file =
    labels.file === undefined
      ? undefined
      : new LabelsFile(labels.file, (err) => logger.error({ err }, "the labels file cannot be used"));
  await file?.start(fileIntervalMs);
  const local = createLabelPolicy(file?.settings ?? (() => ({ on: [], shares: {} })), labels.header);
  const stop = () => file?.stop();
  if (labels.service === undefined) return { assign: local, stop };
  const { pairwiseSecretFile, headersFile, ...service } = labels.service;
  const secret = readSecret(pairwiseSecretFile);
  const headers = headersFile === undefined ? {} : readHeadersFile(headersFile);
  const assign = createLabelService({ ...service, secret, headers }, local, {
    logger,
    nowMs: () => performance.now(),
    assigned: (source) => metrics.labelAssignments.inc({ source }),
  });
  return { assign, stop };
}
