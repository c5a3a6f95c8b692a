import type { SettlementSource } from "../../domain/settlement.ts";
import { type ProcessorClient, understandProcessor } from "./client.ts";

/** The processor's daily file. 404 FILE_NOT_FOUND: there is none yet. */
export function createGerbangSettlementSource(provider: string, client: ProcessorClient): SettlementSource {
  return {
    provider,
    fetchFile: async (day) => {
      const outcome = await client.send({ method: "GET", path: `/v2/settlements/${day}` });
      if (outcome.kind === "answered" && outcome.status === 200) {
        return { kind: "file", text: outcome.body.toString("utf8") };
      }
      const { meaning, reason } = understandProcessor({ "404 FILE_NOT_FOUND": "absent" }, outcome);
      return meaning === "absent" ? { kind: "absent" } : { kind: "unknown", reason };
    },
  };
}
