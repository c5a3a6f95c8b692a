import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { textOption } from "./support/options.ts";

// Draws the newest results (or `--results FILE`) as SVG for the documentation: bars of CPU per request.

const root = join(import.meta.dirname, "../..");
const results = join(root, "bench/results");
const target = join(root, "docs/bench");

interface Row {
  readonly comparison: string;
  readonly name: string;
  readonly cpuMsPerRequest: number;
  readonly timesReference: number;
}

interface Results {
  readonly engine?: { readonly results: readonly Row[]; readonly machine: Record<string, unknown> };
}

const titles: Readonly<Record<string, string>> = {
  sharing: "Heavy operation, callers of one identity, requests to subgraphs shared",
  "sharing answers": "The same, whole answers shared",
  alone: "Heavy operation, distinct variables, nothing shared",
  light: "Light operation: one request to one subgraph",
};
const width = 760;
const labelWidth = 190;
const barHeight = 22;
const gap = 8;

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function bar(row: Row, index: number, longest: number): string {
  const y = 56 + index * (barHeight + gap);
  const length = Math.max(2, ((width - labelWidth - 150) * row.cpuMsPerRequest) / longest);
  const isOurs = row.name.startsWith("etalase");
  const value = `${row.cpuMsPerRequest} ms (${row.timesReference}x)`;
  return [
    `<text x="${labelWidth - 10}" y="${y + 15}" text-anchor="end">${escaped(row.name)}</text>`,
    `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" fill="${isOurs ? "#c2410c" : "#94a3b8"}"/>`,
    `<text x="${(labelWidth + length + 8).toFixed(1)}" y="${y + 15}">${value}</text>`,
  ].join("\n");
}

function chart(title: string, rows: readonly Row[], note: string): string {
  const height = 56 + rows.length * (barHeight + gap) + 28;
  const longest = Math.max(...rows.map(({ cpuMsPerRequest }) => cpuMsPerRequest));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="16" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>
<text x="16" y="43" fill="#475569">CPU of the gateway's process per request; shorter is better</text>
${rows.map((row, index) => bar(row, index, longest)).join("\n")}
<text x="16" y="${height - 10}" fill="#475569" font-size="11">${escaped(note)}</text>
</svg>
`;
}

const files = readdirSync(results).filter((file) => file.endsWith(".json"));
const newest = textOption("results") ?? files.sort().at(-1);
if (newest === undefined) {
  process.stderr.write("there are no results; run a bench with --save\n");
  process.exit(2);
}
const { engine } = JSON.parse(readFileSync(join(results, newest), "utf8")) as Results;
mkdirSync(target, { recursive: true });
for (const comparison of new Set((engine?.results ?? []).map((row) => row.comparison))) {
  const rows = (engine?.results ?? []).filter((row) => row.comparison === comparison);
  const { cpu, cores, node } = engine?.machine ?? {};
  const note = `${newest.replace(".json", "")}, ${cpu}, ${cores} cores, Node ${node}`;
  const file = join(target, `${comparison.replaceAll(" ", "-")}.svg`);
  writeFileSync(file, chart(titles[comparison] ?? comparison, rows, note));
  process.stdout.write(`${file}\n`);
}
