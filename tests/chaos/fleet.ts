import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { EmbeddedPostgres } from "../../launcher/embedded-postgres.ts";
import { describeEnd, type ManagedProcess, startProcess, waitUntilReady } from "../../launcher/managed-process.ts";
import type { ProcessSpec } from "../../launcher/process-spec.ts";
import { isAlive, signal } from "../../launcher/processes.ts";
import { between, type Chance } from "./chance.ts";
import type { CrashOrder } from "./crash/reach.ts";
import { crashPoints, type Program } from "./points.ts";
import type { Diary } from "./progress.ts";
import { providerNames, type World } from "./world.ts";

/** A place that one process after another fills. */
export interface Post {
  readonly name: string;
  readonly isReady: () => boolean;
  /** Ends the process as `kill -9` does; answers whether there was one. */
  readonly kill: () => boolean;
}

/** All processes of a storm. */
export interface Fleet {
  readonly apis: readonly (Post & { readonly graphqlUrl: string })[];
  readonly workers: readonly Post[];
  readonly providers: readonly Post[];
  readonly storefront: Post;
  /** The server as a whole, or one of its sessions, after whose end it begins anew as well. */
  readonly killPostgres: (victim: "server" | "session") => Promise<boolean>;
  /** Programs are killed at no crash point any more; those that might be are started anew. */
  readonly calmDown: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** How often a program was killed at each of its crash points. */
export function killsByPoint(diary: Diary): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { point } of diary.of("killed")) if (point !== null) counts.set(point, (counts.get(point) ?? 0) + 1);
  return counts;
}

/**
 * The points of a program at which it is killed next: a few of the half that have the fewest, others seldom. With all of them no
 * life would last: the runs that a dead process leaves behind stand just before the next point, and would kill whoever takes them.
 */
function pointsFor(program: Program, diary: Diary, wanted: number, chance: Chance): string[] {
  const counts = killsByPoint(diary);
  const left = crashPoints[program].filter((point) => (counts.get(point) ?? 0) < wanted);
  if (left.length === 0) return [];
  const sorted = left.map((point) => counts.get(point) ?? 0).sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const isRare = (point: string): boolean => (counts.get(point) ?? 0) <= median;
  // Towards the end, those that are left are seldom come by.
  const ofRare = left.length < crashPoints[program].length / 2 ? 0.95 : 0.4;
  return left.filter((point) => chance() < (isRare(point) ? ofRare : 0.2));
}

/** What posts are made of. */
interface FleetParts {
  readonly folder: string;
  readonly diary: Diary;
  readonly chance: Chance;
  /** Kills wanted at each point; 0 when it is calm. */
  readonly wanted: () => number;
}

function armed(spec: ProcessSpec, program: Program, life: string, { folder, diary, chance, wanted }: FleetParts) {
  const deathFile = join(folder, "deaths", life);
  const crash: CrashOrder = {
    points: pointsFor(program, diary, wanted(), chance),
    notBeforeMs: between(chance, 500, 5_000),
    deathFile,
    seenFile: join(folder, "seen", spec.name),
  };
  const preload = new URL("./crash/preload.js", import.meta.url).href;
  const nodeFlags = [...(spec.nodeFlags ?? []), "--import", preload];
  return {
    spec: { ...spec, nodeFlags, environment: { ...spec.environment, CHAOS_CRASH: JSON.stringify(crash) } },
    deathFile,
  };
}

/** Fills a post until it is told to stop: whoever ends is followed by another. */
function openPost(parts: FleetParts, specOf: () => ProcessSpec, program: Program | null) {
  const { folder, diary } = parts;
  const { name } = specOf();
  let running: ManagedProcess | undefined;
  let [isReady, isMarked, isStopping, isRenewed] = [false, false, false, false];

  async function live(): Promise<void> {
    const life = `${name}-${Date.now()}`;
    const plain = { spec: specOf(), deathFile: join(folder, "deaths", life) };
    const { spec, deathFile } = program === null ? plain : armed(plain.spec, program, life, parts);
    isMarked = false;
    running = startProcess(spec, join(folder, "logs", `${name}.log`));
    waitUntilReady(running, 60_000).then(
      () => {
        isReady = true;
      },
      () => undefined,
    );
    const end = await running.ended;
    isReady = false;
    if ((isStopping || isRenewed) && !isMarked) {
      isRenewed = false;
      return;
    }
    const point = existsSync(deathFile) ? readFileSync(deathFile, "utf8") : null;
    if (point !== null || (isMarked && end.signal === "SIGKILL")) diary.write({ entry: "killed", what: name, point });
    else diary.write({ entry: "ended", what: name, how: describeEnd(end) });
    if (point === null && !isMarked) await sleep(500);
  }

  const work = (async () => {
    while (!isStopping) await live();
  })();
  return {
    name,
    isReady: () => isReady,
    kill: () => {
      if (!isReady || running === undefined || running.hasEnded()) return false;
      isMarked = true;
      running.signal("SIGKILL");
      return true;
    },
    end: async () => {
      isStopping = true;
      await running?.stop();
      await work;
    },
    renew: async () => {
      isRenewed = true;
      await running?.stop();
    },
  };
}

/** Leads what arrives at a port to a process that is ready. */
function openDoor(port: number, targets: () => readonly number[]): Promise<Server> {
  let turn = 0;
  const server = createServer((socket) => {
    const ready = targets();
    turn += 1;
    const target = ready[turn % Math.max(ready.length, 1)];
    socket.on("error", () => undefined);
    if (target === undefined) {
      socket.destroy();
      return;
    }
    const inner = connect(target, "127.0.0.1");
    inner.on("error", () => socket.destroy());
    socket.on("close", () => inner.destroy());
    inner.on("close", () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

async function sessionOf(superuserUrl: string, chance: Chance): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: superuserUrl, connectionTimeoutMillis: 1_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE usename = 'commerce_runtime'",
    );
    return rows[Math.floor(chance() * rows.length)]?.pid;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function keepPostgres(world: World, first: EmbeddedPostgres, { diary, chance }: FleetParts) {
  let server = first;
  let [isStopping, isBusy] = [false, false];
  const timer = setInterval(async () => {
    if (isBusy || isStopping || isAlive(server.pid)) return;
    isBusy = true;
    // It says why it cannot start; the next look tries again.
    await world.startPostgres().then(
      (started) => {
        server = started;
      },
      (error: unknown) => void process.stderr.write(`PostgreSQL: ${String(error)}\n`),
    );
    isBusy = false;
  }, 100);
  return {
    kill: async (victim: "server" | "session"): Promise<boolean> => {
      const pid = victim === "server" ? server.pid : await sessionOf(world.superuserUrl, chance);
      if (isBusy || pid === undefined || !isAlive(pid)) return false;
      signal(pid, "SIGKILL");
      diary.write({ entry: "killed", what: `postgresql ${victim}`, point: null });
      return true;
    },
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await server.stop();
    },
  };
}

/** Starts everything and waits until it is ready. */
export async function startFleet(
  world: World,
  folder: string,
  diary: Diary,
  chance: Chance,
  wantedKills: () => number,
): Promise<Fleet> {
  for (const name of ["deaths", "seen", "logs"]) mkdirSync(join(folder, name), { recursive: true });
  let isCalm = false;
  const parts: FleetParts = { folder, diary, chance, wanted: () => (isCalm ? 0 : wantedKills()) };
  const postgres = keepPostgres(world, await world.startPostgres(), parts);
  const providers = providerNames.map((name) => openPost(parts, () => world.provider(name), null));
  const apis = [0, 1].map((n) => ({
    ...openPost(parts, () => world.api(n), "api"),
    graphqlUrl: world.api(n).graphqlUrl,
    callbackPort: world.api(n).callbackPort,
  }));
  const workers = [0, 1].map((n) => openPost(parts, () => world.worker(n), "worker"));
  const storefront = openPost(parts, world.storefront, null);
  const door = await openDoor(world.callbackPort, () =>
    apis.filter((api) => api.isReady()).map((api) => api.callbackPort),
  );
  const programs = [...apis, ...workers];
  const untilReady = async () => {
    while (![...programs, ...providers, storefront].every((post) => post.isReady())) await sleep(50);
  };
  await untilReady();
  return {
    apis,
    workers,
    providers,
    storefront,
    killPostgres: postgres.kill,
    calmDown: async () => {
      isCalm = true;
      await Promise.all(programs.map((post) => post.renew()));
      await untilReady();
    },
    stop: async () => {
      await Promise.all([...programs, ...providers, storefront].map((post) => post.end()));
      door.close();
      await postgres.stop();
    },
  };
}
