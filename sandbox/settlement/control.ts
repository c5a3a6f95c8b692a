import type { FastifyInstance } from "fastify";
import { readControl } from "../control/requests.ts";
import { type SettlementFiles, settlementShape } from "./files.ts";

/** Serves `POST /control/settlement`: a test says what is wrong with the file of a day. */
export function serveSettlementControl(app: FastifyInstance, files: SettlementFiles): void {
  app.post("/control/settlement", async (request, reply) => {
    files.spoil(readControl(settlementShape, request));
    return reply.code(204).send();
  });
}
