import { join } from "node:path";
import type { Demo } from "./demo.ts";
import { writePrivateFile } from "./private-files.ts";

/** Where the demo can be taken from by hand. */
export interface DemoFiles {
  /** A request body: document and variables. */
  readonly request: string;
  readonly buyerToken: string;
  readonly analystToken: string;
}

/** Paths of the demo's files in a home folder. */
export function demoFiles(home: string): DemoFiles {
  const folder = join(home, "demo");
  return {
    request: join(folder, "browse-and-buy.json"),
    buyerToken: join(folder, "buyer.token"),
    analystToken: join(folder, "analyst.token"),
  };
}

/** Writes the demo: for curl in the home folder, and for the explorer as the gateway's preset. */
export function writeDemo(demo: Demo, home: string, presetFile: string): void {
  const { document, variables, buyerToken, analystToken } = demo;
  const files = demoFiles(home);
  const headers = { authorization: `Bearer ${buyerToken}` };
  writePrivateFile(presetFile, JSON.stringify({ document, variables, headers }, null, 2));
  writePrivateFile(files.request, JSON.stringify({ query: document, variables }, null, 2));
  writePrivateFile(files.buyerToken, buyerToken);
  writePrivateFile(files.analystToken, analystToken);
}
