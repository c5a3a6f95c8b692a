import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { temporaryFolder } from "../../gateway/support/test-gateway.ts";

jest.setTimeout(60_000);

const folder = temporaryFolder();
const program = join(folder.path, "program.mjs");
const lines = 20_000;

beforeAll(() => {
  const built = (name: string) => JSON.stringify(pathToFileURL(join(projectRoot, "dist/platform/runtime", name)).href);
  writeFileSync(
    program,
    `import { createLogger } from ${built("logger.js")};
    import { runMain } from ${built("shutdown.js")};
    const logger = createLogger("test");
    runMain(logger, async (shutdown) => {
      shutdown.add("timer", clearInterval.bind(undefined, setInterval(() => {}, 1_000)));
      for (let n = 0; n < ${lines}; n += 1) logger.info({ n, text: "x".repeat(100) }, "a line");
      process.send("logged");
    });`,
  );
});
afterAll(folder.remove);

/** Starts a process that logs more than a pipe holds, and asks it to end once `reader` has had its way with the log. */
async function endAfter(reader: (log: Readable) => void) {
  const child = fork(program, { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: [] });
  try {
    await once(child, "message");
    const exited = once(child, "exit");
    reader(child.stdout as Readable);
    child.kill("SIGTERM");
    const late = new Promise<"late">((resolve) => setTimeout(resolve, 10_000, "late").unref());
    const end = await Promise.race([exited, late]);
    return end === "late" ? end : { code: end[0], signal: end[1] };
  } finally {
    child.kill("SIGKILL");
  }
}

describe("a process that is asked to end while its log waits to be written", () => {
  test.each([
    ["has gone", 0],
    ["goes meanwhile", 500],
  ])("ends when the reader of the log %s", async (_, afterMs) => {
    const end = await endAfter((log) => setTimeout(() => log.destroy(), afterMs));
    expect(end).toEqual({ code: 0, signal: null });
  });

  test("ends when the reader of the log stands still", async () => {
    expect(await endAfter(() => {})).toEqual({ code: 0, signal: null });
  });

  test("writes all of it for a reader that reads", async () => {
    let text = "";
    let closed: Promise<unknown> | undefined;
    const end = await endAfter((log) => {
      log.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      closed = once(log, "close");
    });
    await closed;
    expect(end).toEqual({ code: 0, signal: null });
    expect(text.match(/"a line"/g)).toHaveLength(lines);
    expect(text).toContain('"msg":"stopping"');
  });
});
