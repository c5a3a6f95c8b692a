import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a test server was sent. */
export interface Heard {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How a test server answers. */
export type Answering = (heard: Heard, response: ServerResponse) => void;

/** A real HTTP server of the test's own, whose behaviour can be changed while it runs. */
export interface TestServer {
  readonly url: string;
  readonly heard: Heard[];
  answer(how: Answering): void;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts it on a port, a free one unless given. */
export async function startServer(how: Answering, port = 0): Promise<TestServer> {
  const heard: Heard[] = [];
  let answering = how;
  const server = createServer(async (request, response) => {
    const now = { headers: request.headers, body: await readBody(request) };
    heard.push(now);
    answering(now, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: (next) => {
      answering = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
