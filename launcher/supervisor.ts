import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./log-tail.ts";
import { describeEnd, type ManagedProcess, type ProcessEnd, startProcess, waitUntilReady } from "./managed-process.ts";
import type { ProcessSpec } from "./process-spec.ts";

/** How processes are looked after. */
export interface SupervisorSettings {
  /** Each process writes to `<name>.log` there. */
  readonly logFolder: string;
  /** Told of what people should know: an end nobody asked for, a new start. */
  readonly report: (message: string) => void;
  /** Waits before each new start of a process that ended by itself, in ms; past the last it stays down. */
  readonly restartDelaysMs: readonly number[];
  /** Told of every process that was started, before it is ready. */
  readonly onStart?: (running: ManagedProcess) => void;
}

/** Looks after a set of processes. */
export interface Supervisor {
  /** Starts a process and waits until it is ready. @throws LaunchError */
  readonly start: (spec: ProcessSpec) => Promise<void>;
  /** Sends a process a signal and waits for its end; it is not started again. */
  readonly kill: (name: string, signal: NodeJS.Signals) => Promise<ProcessEnd>;
  /** Ends a process if it runs, starts it anew and waits until it is ready. */
  readonly restart: (name: string) => Promise<void>;
  /** Ids of the processes that run. */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Ends all, in good order where they let it; nothing is left behind. */
  readonly stop: () => Promise<void>;
}

const readyDeadlineMs = 60_000;
// A process that lived this long is taken to have recovered.
const steadyMs = 60_000;

interface Post {
  readonly spec: ProcessSpec;
  running: ManagedProcess;
  /** Whether its end is what was asked for. */
  isDismissed: boolean;
  restarts: number;
}

/** Makes a supervisor of no processes. An end that nobody asked for is reported,
 * and mended a few times; a process that somebody asked to end (SIGTERM, exit code 0) stays down. */
export function createSupervisor(settings: SupervisorSettings): Supervisor {
  const posts = new Map<string, Post>();
  let isStopping = false;

  function launch(spec: ProcessSpec): ManagedProcess {
    const running = startProcess(spec, join(settings.logFolder, `${spec.name}.log`));
    settings.onStart?.(running);
    return running;
  }

  async function watch(post: Post): Promise<void> {
    const { running } = post;
    const startedAt = Date.now();
    const end = await running.ended;
    if (isStopping || post.isDismissed || post.running !== running) return;
    // Nothing here ends well by itself: somebody asked it to, to see what becomes of the rest.
    if (end.code === 0)
      return settings.report(`${post.spec.name} was asked to end, and stays down until the next start.`);
    if (Date.now() - startedAt > steadyMs) post.restarts = 0;
    const lines = lastLines(running.logFile, 5).map((line) => `    ${line}`);
    settings.report([`${post.spec.name} ${describeEnd(end)}; its last words:`, ...lines].join("\n"));
    await mend(post);
  }

  async function mend(post: Post): Promise<void> {
    const { name } = post.spec;
    const delayMs = settings.restartDelaysMs[post.restarts];
    if (delayMs === undefined) {
      settings.report(`${name} stays down after ${post.restarts} new starts (log: ${post.running.logFile}).`);
      return;
    }
    post.restarts += 1;
    await sleep(delayMs);
    if (isStopping || post.isDismissed) return;
    post.running = launch(post.spec);
    void watch(post);
    const isReady = waitUntilReady(post.running, readyDeadlineMs).then(() => true);
    if (await isReady.catch(() => false)) settings.report(`${name} runs again (process ${post.running.pid}).`);
  }

  async function start(spec: ProcessSpec): Promise<void> {
    const post: Post = { spec, running: launch(spec), isDismissed: false, restarts: 0 };
    posts.set(spec.name, post);
    await waitUntilReady(post.running, readyDeadlineMs);
    void watch(post);
  }

  function postOf(name: string): Post {
    const post = posts.get(name);
    if (post === undefined) throw new Error(`no process ${name}; there are ${[...posts.keys()].join(", ")}`);
    return post;
  }

  async function kill(name: string, signal: NodeJS.Signals): Promise<ProcessEnd> {
    const post = postOf(name);
    post.isDismissed = true;
    post.running.signal(signal);
    return post.running.ended;
  }

  async function restart(name: string): Promise<void> {
    const post = postOf(name);
    post.isDismissed = true;
    await post.running.stop();
    await start(post.spec);
  }

  function pids(): Readonly<Record<string, number>> {
    const alive = [...posts.values()].filter(({ running }) => !running.hasEnded());
    return Object.fromEntries(alive.map(({ spec, running }) => [spec.name, running.pid]));
  }

  async function stop(): Promise<void> {
    isStopping = true;
    await Promise.all([...posts.values()].map(({ running }) => running.stop()));
  }

  return { start, kill, restart, pids, stop };
}
