import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { heavyOperation, lightOperation } from "./heavy/operation.ts";
import { startIdentity } from "./support/identity.ts";
import { load, median } from "./support/load.ts";
import { hasOption, numberOption } from "./support/options.ts";
import { benchFolder, startGateway, startSubgraphs } from "./support/processes.ts";
import { record } from "./support/record.ts";
import { rssMb } from "./support/usage.ts";

// Whether memory stays flat: light requests, one heavy one in twenty, of a thousand users, with documents that differ
// now and then, so that every cache is used and some overflow.

const requests = numberOption("requests", hasOption("short") ? 20_000 : 200_000);
const samples = 20;
const users = 1_000;

const folder = benchFolder();
const { supergraph } = await startSubgraphs();
const file = join(folder, "supergraph.graphql");
writeFileSync(file, supergraph);
const identity = await startIdentity(folder);
const authorizations: string[] = [];
for (let user = 0; user < users; user += 1) authorizations.push(await identity.authorizationOf(`user-${user}`));
const gateway = await startGateway("etalase", folder, { supergraph: file, ...identity.settings });

function bodyOf(index: number): string {
  if (index % 20 === 0) return JSON.stringify({ query: heavyOperation, variables: { first: 1 + (index % 9) } });
  if (index % 50 === 1) return JSON.stringify({ query: `{ a${index % 5_000}: topProducts(first: 5) { upc } }` });
  return JSON.stringify({ query: lightOperation });
}

const sampledMb: number[] = [];
let failed = 0;
let sent = 0;
for (let sample = 0; sample < samples; sample += 1) {
  const from = sent;
  const result = await load({
    url: gateway.url,
    connections: 50,
    milliseconds: 3_600_000,
    requests: requests / samples,
    bodyOf: (index) => bodyOf(from + index),
    headersOf: (index) => ({ authorization: authorizations[(from + index) % users] ?? "" }),
  });
  sent += result.requests;
  failed += result.failed;
  sampledMb.push(Math.round(rssMb(gateway.pid)));
}
const quarter = samples / 4;
const secondQuarterMb = median(sampledMb.slice(quarter, 2 * quarter));
const lastQuarterMb = median(sampledMb.slice(-quarter));
record("memory", { requests: sent, failed, sampledMb, secondQuarterMb, lastQuarterMb });
identity.close();
process.exit(0);
