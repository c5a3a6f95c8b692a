import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { heavyOperation } from "./heavy/operation.ts";
import { longestBlockMs } from "./support/lag.ts";
import { median, quantile } from "./support/load.ts";
import { hasOption, numberOption } from "./support/options.ts";
import { benchFolder, startGateway, startSubgraphs } from "./support/processes.ts";
import { record } from "./support/record.ts";

// How long a document that was never seen takes more than one that was, with each planner, and how long planning blocks
// the gateway's event loop. Each document asks the heavy operation under another alias, so that no cache knows it.

const documents = numberOption("documents", hasOption("short") ? 30 : 200);
const folder = benchFolder();
const { supergraph } = await startSubgraphs();
const file = join(folder, "supergraph.graphql");
writeFileSync(file, supergraph);

async function measure(planner: string) {
  const { url } = await startGateway(planner, folder, { supergraph: file, planner });
  const ask = async (query: string) => {
    const headers = { "content-type": "application/json" };
    const startedAt = performance.now();
    const answer = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables: { first: 5 } }),
    });
    const text = await answer.text();
    if (text.includes('"errors"')) throw new Error(text.slice(0, 300));
    return performance.now() - startedAt;
  };
  const unseen = (index: number) => heavyOperation.replace("topProducts(", `top${index}: topProducts(`);
  // The gateway's own code and the planner's are compiled by then.
  for (let index = 0; index < 30; index += 1) await ask(unseen(1_000_000 + index));
  await longestBlockMs(url);
  const cold: number[] = [];
  const warm: number[] = [];
  for (let index = 0; index < documents; index += 1) {
    cold.push(await ask(unseen(index)));
    warm.push(await ask(unseen(index)));
  }
  const more = cold.map((tookMs, index) => tookMs - (warm[index] ?? 0)).sort((a, b) => a - b);
  const digits = (value: number) => Number(value.toFixed(2));
  return {
    planner,
    documents,
    coldMoreMs: digits(median(more)),
    coldMoreP95Ms: digits(quantile(more, 0.95)),
    warmMs: digits(median(warm)),
    longestBlockMs: digits(await longestBlockMs(url)),
  };
}

record("plan", { planners: [await measure("native"), await measure("apollo")] });
process.exit(0);
