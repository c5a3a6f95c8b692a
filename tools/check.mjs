// All that is checked before a change is merged: `npm run check`. Every check runs, whatever became of those before;
// the last line says how many passed and failed, a check counting one and each test one.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const results = join(root, ".cache", "check");
const testReport = join(results, "jest.json");
const longestMs = 10 * 60_000;

const modules = (path) => join("node_modules", path);

const build = { name: "build", args: ["tools/build.mjs"] };
const checks = [
  { name: "format and lint", args: [modules("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."] },
  { name: "schema and operations", args: [modules("eslint/bin/eslint.js"), "--max-warnings", "0", "."] },
  { name: "types", args: [modules("typescript/bin/tsc"), "--noEmit"] },
  { name: "supergraph is up to date", args: ["dist/tools/compose.js", "--check"] },
  { name: "nothing is unused", args: [modules("knip/bin/knip.js"), "--no-progress"] },
];
const tests = {
  name: "tests, those of the architecture among them",
  args: [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    modules("jest/bin/jest.js"),
    "--ci",
    "--json",
    `--outputFile=${testReport}`,
  ],
};

function run({ args }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: longestMs,
    });
    const chunks = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (chunks[name] += chunk));
    child.on("error", (error) => resolve({ isGood: false, ...chunks, stderr: error.message }));
    child.on("close", (code) => resolve({ isGood: code === 0, ...chunks }));
  });
}

async function perform(check) {
  const startedAt = Date.now();
  const { isGood, stdout, stderr } = await run(check);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${isGood ? "ok    " : "FAILED"} ${check.name} (${seconds} s)\n`);
  // Jest prints its report to stdout as well, which nobody wants to read.
  if (!isGood) process.stdout.write(`${check === tests ? stderr : stdout + stderr}\n`);
  return isGood;
}

// Two at a time: this is made for a machine with two cores.
async function performAll(list) {
  const waiting = [...list];
  const outcomes = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) outcomes.push(await perform(next));
  };
  await Promise.all([work(), work()]);
  return outcomes;
}

function readReport() {
  if (!existsSync(testReport)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(testReport, "utf8"));
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

async function performTests() {
  const isGood = await perform(tests);
  const { passed, failed } = readReport();
  // Tests that ran and passed do not excuse a run that failed otherwise, nor does a run without tests.
  const isWhole = failed > 0 || (isGood && passed > 0);
  return { passed, failed: isWhole ? failed : failed + 1 };
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const outcomes = [await perform(build), ...(await performAll(checks))];
const tested = await performTests();
const passed = tested.passed + outcomes.filter((isGood) => isGood).length;
const failed = tested.failed + outcomes.filter((isGood) => !isGood).length;
const summary = `${passed} passed, ${failed} failed`;
writeFileSync(join(results, "summary"), `${summary}\n`);
process.stdout.write(`${summary}\n`);
process.exitCode = failed === 0 ? 0 : 1;
