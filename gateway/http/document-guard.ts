import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type DocumentBudget, whyRefused } from "../documents/document-budget.ts";
import { BoundedCache } from "../policy/bounded-cache.ts";
import { sendError } from "./request-guard.ts";

// Digests of documents that were measured: clients send the same few again and again.
const rememberedDocuments = 10_000;

function documentOf(request: FastifyRequest): string | undefined {
  const carrier = request.method === "GET" ? request.query : request.body;
  const text = (carrier as { query?: unknown } | null | undefined)?.query;
  return typeof text === "string" ? text : undefined;
}

/**
 * Refuses documents that would explode in validation or planning, or ask for more root fields than anybody needs, before
 * either begins: BAD_USER_INPUT with the reason, status 400. Persisted documents are measured when they are registered.
 */
export function addDocumentGuard(http: FastifyInstance, budget: DocumentBudget): void {
  const accepted = new BoundedCache<string, true>(rememberedDocuments);
  http.addHook("preHandler", async (request, reply) => {
    if (request.routeOptions.url !== "/graphql") return;
    const text = documentOf(request);
    if (text === undefined) return;
    const digest = createHash("sha256").update(text).digest("base64");
    if (accepted.get(digest)) return;
    const reason = whyRefused(text, budget);
    if (reason !== undefined) {
      return sendError(request, reply, 400, "BAD_USER_INPUT", `the document is refused: ${reason}`);
    }
    accepted.set(digest, true);
  });
}
