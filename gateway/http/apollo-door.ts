import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import { whyIntrospectsTooMuch } from "../documents/introspection-budget.ts";
import type { Engine } from "../engine.ts";
import type { GatewayMetrics } from "../metrics.ts";
import { countAnswer, logErrors } from "../operations/answer.ts";
import { subscriptionAdvice } from "../operations/bad-request.ts";
import { maskError } from "../policy/masking.ts";
import { refusal } from "../policy/refusal.ts";
import type { RequestContext } from "../request-context.ts";
import { explorerPlugin } from "./explorer.ts";
import { correlationOf } from "./request-guard.ts";

/** What the door is made of. */
export interface ApolloDoorParts {
  readonly engine: Engine;
  readonly admit: Admit;
  /** The explorer's page. */
  readonly renderExplorer: () => Promise<string>;
  /** Operations that one request may carry; 1 turns batching off. */
  readonly operationsPerRequest: number;
  readonly introspection: boolean;
  readonly passedCodes: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

// Apollo Server gives these no code, so that they would be masked; whoever made the mistake could not tell what it is.
const uncoded = new Set(["Unsupported persisted query version", "provided sha does not match query"]);

function withCode(error: GraphQLFormattedError): GraphQLFormattedError {
  if (!uncoded.has(error.message)) return error;
  return { ...error, extensions: { ...error.extensions, code: "BAD_REQUEST" } };
}

/** Logs what clients do not see, gives every error the correlation id, counts. */
function answerPlugin(parts: ApolloDoorParts): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, contextValue: { correlationId } }) {
          // Left to itself, @apollo/gateway would answer both with an internal error.
          if (operation === undefined) {
            const message = "the document has several operations, or none of that name; send its operationName";
            throw refusal("OPERATION_RESOLUTION_FAILURE", { status: 400, correlationId, message });
          }
          if (operation.operation === "subscription") {
            throw refusal("BAD_REQUEST", { status: 400, correlationId, message: subscriptionAdvice });
          }
          const reason = whyIntrospectsTooMuch(schema, document);
          if (reason !== undefined) {
            const message = `the document is refused: ${reason}`;
            throw refusal("BAD_USER_INPUT", { status: 400, correlationId, message });
          }
        },
        async didEncounterErrors({ errors, contextValue }) {
          logErrors(errors, parts, contextValue);
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
          const kind = request.operation?.operation ?? "unknown";
          countAnswer(kind, body.singleResult.data != null, errors, parts.metrics);
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
    allowBatchedHttpRequests: parts.operationsPerRequest > 1,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: "production",
    formatError: (formatted) => maskError(withCode(formatted), parts.passedCodes),
    logger: parts.logger,
    plugins: [explorerPlugin(parts.renderExplorer), answerPlugin(parts)],
  });
  await apollo.start();
  http.route({
    url: "/graphql",
    method: ["GET", "POST"],
    handler: fastifyApolloHandler(apollo, {
      context: (request) => parts.admit(request.headers, correlationOf(request)),
    }),
  });
  return apollo;
}
