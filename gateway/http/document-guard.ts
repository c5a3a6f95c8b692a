import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type DocumentBudget, whyRefused } from "../documents/document-budget.ts";
import { BoundedCache } from "../policy/bounded-cache.ts";
import { sendError } from "./request-guard.ts";

// Digests of documents that were measured: clients send the same few again and again.
const rememberedDocuments = 10_000;

function documentsOf(request: FastifyRequest): readonly string[] {
  const carrier = request.method === "GET" ? request.query : request.body;
  const operations: readonly unknown[] = Array.isArray(carrier) ? carrier : [carrier];
  return operations.flatMap((operation) => {
    const text = (operation as { query?: unknown } | null | undefined)?.query;
    return typeof text === "string" ? [text] : [];
  });
}

/**
 * Refuses documents that would explode in validation or planning, or ask for more root fields than anybody needs, before
 * a server of others sees them: BAD_USER_INPUT with the reason, status 400; more operations than a request may carry:
 * BAD_REQUEST. Persisted documents are measured when they are registered.
 */
export function addDocumentGuard(http: FastifyInstance, budget: DocumentBudget, operationsPerRequest: number): void {
  const accepted = new BoundedCache<string, true>(rememberedDocuments);
  http.addHook("preHandler", async (request, reply) => {
    if (request.routeOptions.url !== "/graphql") return;
    const { body } = request;
    if (operationsPerRequest > 1 && Array.isArray(body) && body.length > operationsPerRequest) {
      const message = `a request carries at most ${operationsPerRequest} operations`;
      return sendError(request, reply, 400, "BAD_REQUEST", message);
    }
    for (const text of documentsOf(request)) {
      const digest = createHash("sha256").update(text).digest("base64");
      if (accepted.get(digest)) continue;
      const reason = whyRefused(text, budget);
      if (reason !== undefined) {
        return sendError(request, reply, 400, "BAD_USER_INPUT", `the document is refused: ${reason}`);
      }
      accepted.set(digest, true);
    }
  });
}
