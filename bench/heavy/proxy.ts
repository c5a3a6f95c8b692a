import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Pool } from "undici";

// A plain proxy: what comes in goes on to one subgraph as it is, and its answer back.

const { products } = JSON.parse(process.env.BENCH_URLS ?? "{}") as Record<string, string>;
const pool = new Pool(new URL(products ?? "").origin, { connections: 256 });
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json" },
      body: Buffer.concat(chunks),
    });
    const answer = Buffer.from(await body.arrayBuffer());
    response.writeHead(statusCode, { "content-type": "application/json", "content-length": answer.length }).end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
