import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import type { DeploymentPorts } from "../../launcher/deployment-settings.ts";
import { readLaunchSettings } from "../../launcher/launch-settings.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { readPage } from "./markdown.ts";

const run = promisify(execFile);
const supergraph = useSupergraph({ rows: "none", without: ["gateway", "storefront", "commerce", "commerce-worker"] });
const { blocks } = readPage(projectRoot, "sandbox/README.md");
const examples = blocks.flatMap(({ text }) => text.split("\n").filter((line) => line.startsWith("curl ")));

/** The example as it is typed, but for the port, which is the one of this test. */
function typed(example: string): string {
  const documented = Object.entries(readLaunchSettings(projectRoot, {}).ports);
  return example.replace(/localhost:(\d+)/, (_, port) => {
    const name = documented.find(([, byDefault]) => byDefault === Number(port))?.[0];
    return `localhost:${supergraph().ports[name as keyof DeploymentPorts]}`;
  });
}

describe("the control API's examples in sandbox/README.md", () => {
  test("are there", () => {
    expect(examples.length).toBeGreaterThanOrEqual(8);
  });

  test.each(examples)("%s is understood", async (example) => {
    const { stdout } = await run("/bin/sh", ["-c", `${typed(example)} --silent --max-time 10 -w '\n%{http_code}'`]);
    // The book is empty, so that a charge or parcel that is named is not found: by the name that was given.
    const name = /"(?:virtualAccountNo|partnerReferenceNo|reference)":"([^"]+)"/.exec(example)?.[1];
    if (name === undefined) expect(stdout).toMatch(/\n20\d$/);
    else expect(stdout).toMatch(new RegExp(`no (?:charge|parcel) ${name.replaceAll(".", "\\.")} in the book"}\\n404$`));
  });
});
