import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { readPage } from "./markdown.ts";

const project = mkdtempSync(join(tmpdir(), "etalase-own-server-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("the example of an own Apollo Server, in a project that installed the package, answers and ends", async () => {
  const blocks = readPage(projectRoot, "docs/operator.md").blocks.filter(({ language }) => language === "js");
  expect(blocks).toHaveLength(1);
  mkdirSync(join(project, "node_modules", "@apollo"), { recursive: true });
  symlinkSync(projectRoot, join(project, "node_modules", "etalase"));
  symlinkSync(join(projectRoot, "node_modules/@apollo/server"), join(project, "node_modules/@apollo/server"));
  symlinkSync(join(projectRoot, "schema"), join(project, "schema"));
  writeFileSync(join(project, "example.mjs"), blocks[0]?.text ?? "");
  const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: project, timeout: 25_000 });
  expect(stdout.trim().split("\n").at(-1)).toBe("Query");
  expect(stdout).toContain("the engine has loaded a supergraph");
});
