import type { IncomingHttpHeaders } from "node:http";
import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { Admit } from "../../admission.ts";
import type { GatewayMetrics } from "../../metrics.ts";
import { countAnswer, logErrors, maskFor } from "../../operations/answer.ts";
import type { Operations } from "../../operations/operations.ts";
import type { RequestContext } from "../../request-context.ts";
import type { Drain } from "../drain.ts";
import type { Subscriptions } from "../subscriptions.ts";

/** What the doors of streams share. */
export interface LiveDoorParts {
  readonly operations: Operations;
  readonly subscriptions: Subscriptions;
  readonly admit: Admit;
  readonly drain: Drain;
  readonly passedCodes: ReadonlySet<string>;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  readonly slowClientMs: number;
}

/** A header of a request by its lower-case name. */
export function headerReader(headers: IncomingHttpHeaders): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
}

/** Errors as the client sees them; the log has what is hidden. */
export function maskErrors(
  errors: readonly GraphQLError[],
  parts: LiveDoorParts,
  context: RequestContext,
): readonly GraphQLFormattedError[] {
  logErrors(errors, parts, context);
  return errors.map((error) => maskFor(error, parts.passedCodes, context.correlationId));
}

/** An answer, or a part of one, as the client sees it; counted. */
export function maskResult(
  { data, errors = [], extensions }: ExecutionResult,
  kind: string,
  parts: LiveDoorParts,
  context: RequestContext,
): FormattedExecutionResult {
  const masked = errors.length === 0 ? [] : maskErrors(errors, parts, context);
  countAnswer(kind, data != null, masked, parts.metrics);
  return {
    ...(data === undefined ? {} : { data }),
    ...(masked.length === 0 ? {} : { errors: masked }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
