import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { claimPorts } from "../../../launcher/ports.ts";
import { useDatabase } from "../../support/databases.ts";
import { eventually, openPaymentRig, type PaymentRig } from "./payments/payment-rig.ts";
import { end, startProgram, untilReady } from "./payments/provider-processes.ts";

interface Worker {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
}

describe("commerce's worker", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const workers: Worker[] = [];
  let rig: PaymentRig;

  async function startWorker(): Promise<Worker> {
    const [port = 0] = await claimPorts(1);
    const url = `http://127.0.0.1:${port}`;
    const { child, output } = startProgram("subgraphs/commerce/worker.js", {
      COMMERCE_WORKER_PORT: String(port),
      COMMERCE_DATABASE_URL: commerce.urls.runtime,
      COMMERCE_PROVIDERS_FILE: rig.providers.providersFile,
      COMMERCE_CALLBACK_PUBLIC_URL: rig.providers.callbackUrl,
      LOG_LEVEL: "warn",
    });
    const worker = { child, url, output };
    workers.push(worker);
    await untilReady(url, child, output);
    return worker;
  }

  async function executorsAtWork(): Promise<Map<number, number>> {
    const { rows } = await rig.pool.query(
      "SELECT executor_id, count(*)::int AS runs FROM durable.workflow_status WHERE status = 'PENDING' GROUP BY 1",
    );
    return new Map(rows.map((row) => [Number(String(row.executor_id).split(":").at(-2)), Number(row.runs)]));
  }

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, false);
  }, 90_000);
  afterAll(async () => {
    await Promise.all(workers.map(({ child }) => end(child, "SIGKILL")));
    await rig?.stop();
  });

  test("a worker that is killed in the middle of its runs: a peer takes them over within seconds, each with one effect", async () => {
    const [first, second] = [await startWorker(), await startWorker()];
    await rig.providers.bank.behave({ operation: "create-va", behaviour: "fail", work: true, times: 10 });
    const placed = await Promise.all(
      Array.from({ length: 10 }, () => rig.request({ methodId: "bank-cendana.virtual-account" })),
    );
    for (const payment of placed) expect((await rig.load(payment)).status).toBe("UNKNOWN");
    // The bank holds every status query for a while: the runs are under way when the worker dies.
    await rig.providers.bank.behave({ operation: "va-status", behaviour: "late", delayMs: 2_000, times: 10 });
    await Promise.all(placed.map((payment) => rig.start("settle-payment-request", payment)));
    const atWork = await eventually(async () => {
      const executors = await executorsAtWork();
      return [...executors.values()].reduce((sum, runs) => sum + runs, 0) === 10 ? executors : undefined;
    }, "all runs are under way");
    const victim = atWork.has(first.child.pid ?? 0) ? first : second;
    const killedAt = Date.now();
    await end(victim.child, "SIGKILL");
    for (const payment of placed) await rig.until(payment, "AWAITING_PAYMENT");
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    for (const payment of placed) {
      const events = await rig.events(payment);
      expect(events.filter((kind) => kind === "payable")).toHaveLength(1);
    }
  }, 90_000);

  test("a new worker finds the work of one that died while no other was there", async () => {
    for (const { child } of workers) await end(child, "SIGKILL");
    const placed = await rig.request({ methodId: "kantong.wallet" });
    await rig.providers.kantong.post("pay", { partnerReferenceNo: placed.paymentId });
    expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
    await startWorker();
    await rig.until(placed, "PAID");
    expect((await rig.state(placed)).order).toBe("CONFIRMED");
  }, 60_000);

  test("a worker whose connections to the database are all cut carries on", async () => {
    const worker = await startWorker();
    const placed = await rig.request({ methodId: "kantong.wallet" });
    const superuser = new pg.Client({ connectionString: commerce.superuserUrl });
    await superuser.connect();
    for (let round = 0; round < 3; round += 1) {
      await superuser.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND usename = $1`,
        [new URL(commerce.urls.runtime).username],
      );
      await sleep(400);
    }
    await superuser.end();
    await eventually(
      () => rig.providers.kantong.post("pay", { partnerReferenceNo: placed.paymentId }).catch(() => undefined),
      "the wallet is paid",
    );
    await rig.until(placed, "PAID");
    expect(worker.child.exitCode).toBeNull();
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
  }, 60_000);

  test("a running worker is live and ready, and its metrics count the runs that are not done", async () => {
    const worker = await startWorker();
    const placed = await rig.place({ methodId: "kantong.wallet", withWork: true });
    expect((await fetch(`${worker.url}/health/live`)).status).toBe(200);
    const metrics = await (await fetch(`${worker.url}/metrics`)).text();
    expect(metrics).toMatch(/durable_runs\{workflow="expire-payment",state="DELAYED",service="commerce-worker"\} \d/);
    expect((await rig.load(placed)).status).toBe("REQUESTED");
  }, 60_000);

  test("a worker that is told to stop exits with 0 and leaves nothing under way", async () => {
    const worker = await startWorker();
    await end(worker.child);
    expect(worker.child.exitCode).toBe(0);
    expect((await executorsAtWork()).has(worker.child.pid ?? 0)).toBe(false);
  }, 60_000);

  test("a worker without its settings says in one sentence each what to set", async () => {
    const { child, output } = startProgram("subgraphs/commerce/worker.js", { COMMERCE_WORKER_PORT: "0" });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(child.exitCode).toBe(1);
    expect(output()).toContain("COMMERCE_DATABASE_URL: must be a postgresql:// URL");
    expect(output()).toContain("COMMERCE_PROVIDERS_FILE: must name the file of the payment providers");
  }, 60_000);
});
