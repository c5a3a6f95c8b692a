import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import type { Engine } from "../engine.ts";
import type { GatewayMetrics } from "../metrics.ts";
import { causeOf, isPublic, maskError } from "../policy/masking.ts";
import { refusal } from "../policy/refusal.ts";
import type { RequestContext } from "../request-context.ts";
import { correlationOf } from "./request-guard.ts";

/** What the door is made of. */
export interface ApolloDoorParts {
  readonly engine: Engine;
  readonly admit: Admit;
  readonly explorer: ApolloServerPlugin<RequestContext>;
  readonly introspection: boolean;
  readonly passedCodes: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

function countAnswer(
  request: GraphQLRequestContextWillSendResponse<RequestContext>,
  errors: readonly GraphQLFormattedError[],
  metrics: GatewayMetrics,
): void {
  const { body } = request.response;
  const hasData = body.kind === "single" && body.singleResult.data != null;
  const outcome = errors.length === 0 ? "ok" : hasData ? "partial" : "failed";
  metrics.operations.inc({ type: request.operation?.operation ?? "unknown", outcome });
  for (const { extensions } of errors) {
    metrics.errors.inc({
      code: String(extensions?.code),
      subgraph: typeof extensions?.service === "string" ? extensions.service : "gateway",
    });
  }
}

/** Logs what clients do not see, gives every error the correlation id, counts. */
function answerPlugin(parts: ApolloDoorParts): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue: { correlationId } }) {
          // Left to itself, @apollo/gateway would answer both with an internal error.
          if (operation === undefined) {
            const message = "the document has several operations, or none of that name; send its operationName";
            throw refusal("OPERATION_RESOLUTION_FAILURE", { status: 400, correlationId, message });
          }
          if (operation.operation === "subscription") {
            const message = "this address serves queries and mutations; it cannot carry a subscription";
            throw refusal("BAD_REQUEST", { status: 400, correlationId, message });
          }
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            // Errors that name a service were logged, with their cause, where the subgraph's answer was read.
            if (isPublic(error, parts.passedCodes) || error.extensions.service !== undefined) continue;
            contextValue.logger.error({ err: causeOf(error), path: error.path }, "an operation failed");
          }
        },
        async willSendResponse(request) {
          const { body } = request.response;
          if (body.kind !== "single") return;
          const { correlationId } = request.contextValue;
          const errors = (body.singleResult.errors ?? []).map((error) => ({
            ...error,
            extensions: { ...error.extensions, correlationId },
          }));
          if (errors.length > 0) body.singleResult.errors = errors;
          countAnswer(request, errors, parts.metrics);
        },
      };
    },
  };
}

/** Queries and mutations through Apollo Server: GET and POST /graphql, and the explorer for browsers. */
export async function openApolloDoor(
  http: FastifyInstance,
  parts: ApolloDoorParts,
): Promise<ApolloServer<RequestContext>> {
  const apollo = new ApolloServer<RequestContext>({
    gateway: parts.engine.gateway,
    introspection: parts.introspection,
    // Without introspection, "Did you mean" would spell the schema out letter by letter.
    hideSchemaDetailsFromClientErrors: !parts.introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: "production",
    formatError: (formatted) => maskError(formatted, parts.passedCodes),
    logger: parts.logger,
    plugins: [parts.explorer, answerPlugin(parts)],
  });
  await apollo.start();
  http.route({
    url: "/graphql",
    method: ["GET", "POST"],
    handler: fastifyApolloHandler(apollo, {
      context: (request) => parts.admit(request.headers, correlationOf(request)),
    }),
  });
  http.get("/", async (_request, reply) => reply.redirect("/graphql"));
  return apollo;
}
