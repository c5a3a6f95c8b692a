import type { FastifyInstance } from "fastify";
import { answerAsAsked } from "../control/answering.ts";
import type { SnapProvider } from "../provider.ts";
import { received } from "../snap/operations.ts";
import { answer, answerOfCode, type SnapAnswer } from "../snap/response-codes.ts";
import { serveSettlementControl } from "./control.ts";
import type { SettlementFiles } from "./files.ts";

const name = "settlement";

type Shown = SnapAnswer | { readonly csv: string };

/** Serves `GET /v1.0/settlement/<day>`: signed as any transaction, answered with the file; 4043501 while there is none. */
export function serveSettlement(app: FastifyInstance, provider: SnapProvider, files: SettlementFiles): void {
  serveSettlementControl(app, files);
  app.get<{ Params: { day: string } }>("/v1.0/settlement/:day", async (request, reply) => {
    const send = (shown: Shown): void => {
      if ("csv" in shown) {
        void reply.type("text/csv; charset=utf-8").send(shown.csv);
        return;
      }
      void reply.code(shown.httpStatus).send(shown.body);
    };
    const refusal = provider.gate.checkTransaction(received(request));
    if (refusal !== undefined) {
      send(answer(name, refusal.caseName, refusal.detail));
      return reply;
    }
    const wording = {
      send,
      generalError: (): Shown => answer(name, "generalError"),
      inProgress: (): Shown => answer(name, "inProgress"),
      ofCode: (code: string): Shown | undefined => answerOfCode(name, code),
    };
    await answerAsAsked<Shown>(provider, reply, name, wording, () => {
      const csv = files.fileOf(request.params.day);
      return csv === undefined ? answer(name, "transactionNotFound", "no file of that day yet") : { csv };
    });
    return reply;
  });
}
