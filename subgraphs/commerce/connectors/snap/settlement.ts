import type { SettlementSource } from "../../domain/settlement.ts";
import type { SnapClient } from "./client.ts";
import { parseResponseCode } from "./response-code.ts";

const reportService = "35";

function codeOf(body: Buffer): string {
  try {
    const code = parseResponseCode(
      (JSON.parse(body.toString("utf8")) as { responseCode?: unknown } | null)?.responseCode,
    );
    return code === null ? "no responseCode" : `${code.httpStatus}${code.caseCode}`;
  } catch {
    return "not JSON";
  }
}

/** A provider's daily file by its report service (35), signed as any transaction. 40401: there is none yet. */
export function createSnapSettlementSource(provider: string, client: SnapClient): SettlementSource {
  return {
    provider,
    fetchFile: async (day) => {
      const service = { code: reportService, method: "GET", path: `/v1.0/settlement/${day}` } as const;
      const outcome = await client.download(service);
      if (outcome.kind !== "answered") return { kind: "unknown", reason: outcome.reason };
      if (outcome.status === 200) return { kind: "file", text: outcome.body.toString("utf8") };
      const code = codeOf(outcome.body);
      return code === "40401" ? { kind: "absent" } : { kind: "unknown", reason: `HTTP ${outcome.status}, ${code}` };
    },
  };
}
