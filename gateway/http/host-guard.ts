import type { FastifyInstance } from "fastify";
import { sendError } from "./request-guard.ts";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Serves only requests that name this machine. A page with a preset holds a token: without this, a site that makes its own
 * name point at 127.0.0.1 could read it from a visitor's browser. Others are answered BAD_REQUEST, status 421.
 */
export function addHostGuard(http: FastifyInstance, ownHost: string): void {
  const names = new Set([...loopback, ownHost]);
  http.addHook("onRequest", async (request, reply) => {
    const host = request.headers.host ?? "";
    const name = host.replace(/:\d+$/, "").toLowerCase();
    if (names.has(name)) return;
    const message = "this gateway's explorer is preset with a token and answers to this machine's own names alone";
    return sendError(request, reply, 421, "BAD_REQUEST", message);
  });
}
