// All that is checked before a change is merged: `npm run check`. Every check runs, whatever became of those before;
// the last line says how many passed and failed, a check counting one and each test one.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const results = join(root, ".cache", "check");
const testReport = join(results, "jest.json");
const secondReport = join(results, "jest-again.json");
// More than these failing is no unsteadiness.
const mostRepeated = 8;
const longestMs = 25 * 60_000;

const modules = (path) => join("node_modules", path);

const build = { name: "build", args: ["tools/build.mjs"] };
// The storm needs its time by the clock, these need only a processor: they take what it leaves and do not slow it down.
const checks = [
  { name: "format and lint", args: [modules("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."] },
  { name: "schema and operations", args: [modules("eslint/bin/eslint.js"), "--max-warnings", "0", "."] },
  { name: "types", args: [modules("typescript/bin/tsc"), "--noEmit"] },
  { name: "supergraph is up to date", args: ["dist/tools/compose.js", "--check"] },
  { name: "nothing is unused", args: [modules("knip/bin/knip.js"), "--no-progress"] },
].map((check) => ({ ...check, priority: constants.priority.PRIORITY_LOW }));
const jest = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  modules("jest/bin/jest.js"),
  "--ci",
  "--json",
];
const tests = {
  name: "tests, those of the architecture among them",
  args: [...jest, `--outputFile=${testReport}`],
};

// What a check that was ended has left behind is not gone on with.
const storm = {
  name: "chaos, short form",
  args: ["tests/chaos/run.mjs", "--short", "--folder", join(results, "storm")],
};

// Of a check that takes minutes: that it goes on, and how far it is.
const progressMs = 30_000;

function showProgress({ name }, chunks) {
  const startedAt = Date.now();
  return setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const files = chunks.stderr.match(/^(?:PASS|FAIL) /gm)?.length ?? 0;
    process.stdout.write(`       ${name}: ${seconds} s${files > 0 ? `, ${files} files` : ""}\n`);
  }, progressMs);
}

function run(check) {
  const { args, priority } = check;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: longestMs,
    });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    const chunks = { stdout: "", stderr: "" };
    const progress = showProgress(check, chunks);
    for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (chunks[name] += chunk));
    child.on("error", (error) => resolve({ isGood: false, ...chunks, stderr: error.message }));
    child.on("close", (code) => {
      clearInterval(progress);
      resolve({ isGood: code === 0, ...chunks });
    });
  });
}

async function perform(check) {
  const startedAt = Date.now();
  const { isGood, stdout, stderr } = await run(check);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${isGood ? "ok    " : "FAILED"} ${check.name} (${seconds} s)\n`);
  // Jest prints its report to stdout as well, which nobody wants to read.
  if (!isGood) process.stdout.write(`${check.args.includes("--json") ? stderr : stdout + stderr}\n`);
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

function readReport(path) {
  if (!existsSync(path)) return { passed: 0, failed: 0, failedFiles: [], failedTitles: [] };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const failedFiles = report.testResults.filter(({ status }) => status === "failed");
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    failedFiles: failedFiles.map(({ name }) => name),
    failedTitles: failedFiles.flatMap(({ name, assertionResults }) =>
      assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => `${name}: ${fullName}`),
    ),
  };
}

// The tests start servers, databases and kills on a machine that may be busy otherwise. One that failed is run once more,
// alone; if it then passes it counts, and its name is printed, because an unsteady test is a fault to be mended too.
async function runFailedAgain({ passed, failed, failedFiles, failedTitles }) {
  const again = await perform({
    name: `${failedFiles.length} files with failures, once more`,
    args: [...jest, "--runInBand", `--outputFile=${secondReport}`, "--runTestsByPath", ...failedFiles],
  });
  const second = readReport(secondReport);
  if (!again || second.failed > 0 || second.passed === 0) return { isGood: false, passed, failed };
  for (const title of failedTitles) process.stdout.write(`UNSTEADY: failed at first, passed alone: ${title}\n`);
  return { isGood: true, passed: passed + failed, failed: 0 };
}

async function performTests() {
  const isFirstGood = await perform(tests);
  const first = readReport(testReport);
  const mayRepeat = !isFirstGood && first.failedFiles.length > 0 && first.failedFiles.length <= mostRepeated;
  const { isGood, passed, failed } = mayRepeat ? await runFailedAgain(first) : { ...first, isGood: isFirstGood };
  // Tests that ran and passed do not excuse a run that failed otherwise, nor does a run without tests.
  const isWhole = failed > 0 || (isGood && passed > 0);
  return { passed, failed: isWhole ? failed : failed + 1 };
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const outcomes = [await perform(build)];
const [isStormGood, checked] = await Promise.all([perform(storm), performAll(checks)]);
outcomes.push(isStormGood, ...checked);
// By themselves: they too wait for what others do in time.
const tested = await performTests();
const passed = tested.passed + outcomes.filter((isGood) => isGood).length;
const failed = tested.failed + outcomes.filter((isGood) => !isGood).length;
const summary = `${passed} passed, ${failed} failed`;
writeFileSync(join(results, "summary"), `${summary}\n`);
process.stdout.write(`${summary}\n`);
process.exitCode = failed === 0 ? 0 : 1;
