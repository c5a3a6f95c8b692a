import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasTestRun, testRunFolder } from "../../support/test-run.ts";
import type { TestSubgraph } from "./test-subgraph.ts";

/** What of a test subgraph is composed. */
export type ComposedPart = Pick<TestSubgraph, "name" | "url" | "sdl">;

interface Source extends ComposedPart {
  readonly file: string;
}

// Loaded only where something new is composed: its packages and their first use take longer than many a file's tests.
async function compose(sources: readonly Source[]): Promise<string> {
  const { composeSupergraph } = await import("../../../tools/supergraph-composition.ts");
  return composeSupergraph(sources).supergraphSdl;
}

/** In a run of the tests, what was composed once is found again by whoever composes the same. */
async function composeOnce(sources: readonly Source[]): Promise<string> {
  if (!hasTestRun()) return compose(sources);
  const key = createHash("sha256").update(JSON.stringify(sources)).digest("hex");
  const file = join(testRunFolder(), `composed-${key}.graphql`);
  if (existsSync(file)) return readFileSync(file, "utf8");
  const text = await compose(sources);
  // Under its name it is whole.
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
  return text;
}

/** The supergraph of test subgraphs. */
export async function supergraphOf(subgraphs: readonly ComposedPart[]): Promise<string> {
  // Their ports are other ones each time: they are put in after composing.
  const standIn = (index: number) => `http://subgraph-${index}.invalid/graphql`;
  const sources = subgraphs.map(({ name, sdl }, index) => ({
    name,
    sdl,
    url: standIn(index),
    file: `${name}.graphql`,
  }));
  const text = await composeOnce(sources);
  return subgraphs.reduce((sdl, { url }, index) => sdl.replaceAll(`"${standIn(index)}"`, JSON.stringify(url)), text);
}
