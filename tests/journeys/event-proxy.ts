import { createServer, type IncomingHttpHeaders, type Server } from "node:http";

/** An event as it was on the wire. */
export interface Passed {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `type` of the event. */
  readonly type: string;
}

/** What becomes of an event: passed on, passed on without the answer coming back, or answered by the proxy itself. */
export type Treatment = "pass" | "swallow-answer" | { readonly status: number };

/** Stands between commerce's worker and the storefront, and may do what networks and enemies do. */
export interface EventProxy {
  /** What was sent so far. */
  readonly passed: Passed[];
  /** Decides about each event from now on. */
  treat: (event: Passed) => Treatment;
  /** Sends something to the storefront as if it were commerce; answers status and code. */
  readonly inject: (event: Passed) => Promise<{ readonly status: number; readonly code: string }>;
  readonly close: () => void;
}

/** Opens a proxy on a port; `target` is asked at each event. */
export async function openEventProxy(port: number, target: () => string): Promise<EventProxy> {
  async function forward({ headers, body }: Passed): Promise<{ status: number; text: string }> {
    const kept = ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];
    const sent = Object.fromEntries(kept.map((name) => [name, String(headers[name])]));
    const answer = await fetch(target(), { method: "POST", headers: sent, body: new Uint8Array(body) });
    return { status: answer.status, text: await answer.text() };
  }
  const proxy: EventProxy = {
    passed: [],
    treat: () => "pass",
    inject: async (event) => {
      const { status, text } = await forward(event);
      return { status, code: (JSON.parse(text) as { code: string }).code };
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const event = { headers: request.headers, body, type: String(JSON.parse(body.toString("utf8")).type) };
      const treatment = proxy.treat(event);
      proxy.passed.push(event);
      if (typeof treatment === "object") {
        response.writeHead(treatment.status).end();
        return;
      }
      forward(event).then(
        ({ status, text }) => {
          if (treatment === "pass") response.writeHead(status, { "content-type": "application/json" }).end(text);
        },
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return proxy;
}
