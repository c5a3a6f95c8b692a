import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { type CommerceParts, openParts } from "../../../../subgraphs/commerce/parts.ts";
import { createSettlementBook } from "../../../../subgraphs/commerce/store/settlement-book.ts";
import { dueDays, keepReconciling } from "../../../../subgraphs/commerce/store/settlement-schedule.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually } from "../../../support/eventually.ts";

// 6.30 in the morning of the 26th in Jakarta.
const now = new Date("2026-11-25T23:30:00Z");

describe("the days whose settlement files are asked for", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let parts: CommerceParts;

  beforeAll(() => {
    const settings = { service: "schedule", databaseUrl: commerce.urls.runtime, databaseMaxConnections: 2 };
    parts = openParts(settings, pino({ level: "silent" }), () => now);
  });
  afterAll(async () => {
    await parts?.close();
  });

  test.each([
    ["nothing was taken yet", null, 7, "2026-11-19"],
    ["yesterday's was taken", "2026-11-25", 7, "2026-11-19"],
    ["nothing was taken for three weeks", "2026-11-04", 21, "2026-11-05"],
    ["nothing was taken for a year", "2025-11-04", 60, "2026-09-27"],
  ])("when %s", (_case, lastTaken, count, first) => {
    const days = dueDays(now, lastTaken);
    expect([days.length, days[0], days.at(-1)]).toEqual([count, "2026-11-25", first]);
  });

  test("after an outage go back to the last file that was posted, for each provider by itself", async () => {
    await parts.database.pool.query(
      `INSERT INTO settlement_file (id, provider, day, digest, rejection, content, fetched_at) VALUES
         (gen_random_uuid(), 'kantong', '2026-11-10', 'a', NULL, '', now()),
         (gen_random_uuid(), 'kantong', '2026-11-12', 'b', 'cut off', '', now()),
         (gen_random_uuid(), 'lumbung', '2026-11-24', 'c', NULL, '', now())`,
    );
    const { store, work, clock, logger } = parts;
    const { transactions } = store;
    const book = createSettlementBook();
    const stop = keepReconciling({ providers: ["kantong", "lumbung"], book, transactions, work, clock, logger });
    const started = await eventually(async () => {
      const { rows } = await parts.database.pool.query(
        "SELECT workflow_uuid AS id FROM durable.workflow_status ORDER BY 1",
      );
      return rows.length > 0 ? rows.map(({ id }) => String(id).split(":").slice(1).join(" ")) : undefined;
    });
    stop();
    const of = (provider: string) => started.filter((id) => id.startsWith(provider));
    expect([of("kantong")[0], of("kantong").length]).toEqual(["kantong 2026-11-11", 15]);
    expect([of("lumbung")[0], of("lumbung").length]).toEqual(["lumbung 2026-11-19", 7]);
  });
});
