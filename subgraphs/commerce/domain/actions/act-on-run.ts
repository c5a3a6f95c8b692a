import type { Clock } from "../../../../platform/values/instants.ts";
import { type KeptAct, type OperatorAct, type OperatorBook, OperatorRefusal, type People } from "../operator-act.ts";
import type { DurableWork, Transactions } from "../ports.ts";
import { businessIdOf, type KnownRun, needsPerson, type RunDesk } from "../run-desk.ts";

/** What looking after runs needs. */
export interface RunDependencies {
  readonly desk: RunDesk;
  readonly acts: OperatorBook;
  readonly transactions: Transactions;
  readonly work: DurableWork;
  readonly clock: Clock;
}

/** A run that does not move, with who looks after it. */
export interface StuckRun {
  readonly id: string;
  readonly kind: string;
  readonly businessId: string;
  readonly state: string;
  readonly ageSeconds: number;
  /** What ended it, or what it waits for. */
  readonly why: string;
  /** Null: nobody has it yet. */
  readonly owner: string | null;
  readonly note: string | null;
}

const mostListed = 1_000;

function lastOf(acts: readonly KeptAct[], kind: KeptAct["kind"], subject: string): KeptAct | undefined {
  return acts.filter((act) => act.kind === kind && act.subject === subject).at(-1);
}

async function waitOf(desk: RunDesk, run: KnownRun): Promise<string> {
  if (run.error !== null) return run.error;
  if (run.state === "MAX_RECOVERY_ATTEMPTS_EXCEEDED") {
    return "every process that ran it ended in the middle: look at the workers' logs, then resume it";
  }
  if (run.state === "CANCELLED") return "it was cancelled";
  if (run.state === "SUCCESS") return "nothing: it is done";
  if (run.state === "DELAYED") return `the time at which it is due, ${run.dueAt.toISOString()}`;
  if (run.state === "ENQUEUED") return "a worker with a free place: start one, or raise COMMERCE_WORKER_CONCURRENCY";
  const executor = run.executor ?? "a process without a name";
  return (await desk.isAlive(executor))
    ? `${executor}, which has it under way`
    : `a worker that takes it over from ${executor}, which is gone`;
}

/** Runs that do not move by themselves, the oldest first; those that were retried are left out: their successor counts. */
export async function listStuckRuns(deps: RunDependencies, olderThanMs: number): Promise<StuckRun[]> {
  const { desk, acts, transactions, clock } = deps;
  const now = clock().getTime();
  const runs = await desk.stuck(new Date(now - olderThanMs), mostListed);
  const kept = await transactions.runInTransaction((tx) =>
    acts.about(
      tx,
      runs.map(({ id }) => id),
    ),
  );
  const open = runs.filter(({ id }) => lastOf(kept, "RUN_RETRIED", id) === undefined);
  return Promise.all(
    open.map(async (run) => {
      const assigned = lastOf(kept, "RUN_ASSIGNED", run.id);
      return {
        id: run.id,
        kind: run.workflow,
        businessId: businessIdOf(run),
        state: run.state,
        ageSeconds: Math.max(Math.round((now - run.dueAt.getTime()) / 1_000), 0),
        why: await waitOf(desk, run),
        owner: assigned?.outcome ?? null,
        note: assigned?.note ?? null,
      };
    }),
  );
}

async function findRun({ desk }: RunDependencies, runId: string): Promise<KnownRun> {
  const run = await desk.find(runId);
  if (run === null) throw new OperatorRefusal(`there is no run ${runId}: \`operate runs list\` has their ids`);
  return run;
}

/** One run: its steps and what they answered wrong, what it waits for, and what people did to it. */
export async function showRun(deps: RunDependencies, runId: string): Promise<object> {
  const run = await findRun(deps, runId);
  const steps = await deps.desk.steps(runId);
  const acts = await deps.transactions.runInTransaction((tx) => deps.acts.about(tx, [runId]));
  const { id, workflow: kind, state, input, attempt, dueAt, error } = run;
  return {
    id,
    kind,
    businessId: businessIdOf(run),
    state,
    attempt,
    dueAt,
    input,
    error,
    waitsFor: await waitOf(deps.desk, run),
    steps,
    acts,
  };
}

function actOf(
  people: People,
  kind: OperatorAct["kind"],
  subject: string,
  outcome: string | null,
  note: string | null,
): OperatorAct {
  return { ...people, kind, subject, outcome, note };
}

/**
 * Lets the same run go on where it stopped. That somebody does is written down first: a process that dies in between leaves a
 * run that can be resumed again. @throws OperatorRefusal when it is done, not due yet, or under way in a living process.
 */
export async function resumeRun(
  deps: RunDependencies,
  runId: string,
  people: People,
  note: string | null,
): Promise<object> {
  const run = await findRun(deps, runId);
  if (run.state === "SUCCESS") throw new OperatorRefusal(`${runId} is done: there is nothing to resume`);
  if (run.state === "DELAYED") throw new OperatorRefusal(`${runId} is not due before ${run.dueAt.toISOString()}`);
  if (run.state === "PENDING" && run.executor !== null && (await deps.desk.isAlive(run.executor))) {
    throw new OperatorRefusal(`${run.executor} has ${runId} under way: end that process, a worker takes its runs over`);
  }
  await deps.transactions.runInTransaction(async (tx) => {
    const retried = lastOf(await deps.acts.about(tx, [runId]), "RUN_RETRIED", runId);
    if (retried !== undefined) throw new OperatorRefusal(`${runId} goes on as ${retried.outcome}: resume that one`);
    await deps.acts.append(tx, actOf(people, "RUN_RESUMED", runId, null, note));
  });
  await deps.desk.resume(run);
  return { resumed: runId };
}

/**
 * Starts the same work as a fresh run, in one transaction with its record. What was done before is found by its business keys
 * (the row's state, the reference at the provider), so nothing is done twice.
 * @throws OperatorRefusal unless the run has ended and was not retried yet.
 */
export async function retryRun(
  deps: RunDependencies,
  runId: string,
  people: People,
  note: string | null,
): Promise<object> {
  const run = await findRun(deps, runId);
  if (!needsPerson(run)) {
    const instead = run.state === "SUCCESS" ? "it is done" : "resume it instead, or wait";
    throw new OperatorRefusal(`${runId} is ${run.state}: ${instead}`);
  }
  const [base = runId, earlier = "0"] = runId.replace(/~\d+$/, "").split("!");
  const newId = `${base}!${Number(earlier) + 1}`;
  await deps.transactions.runInTransaction(async (tx) => {
    const retried = lastOf(await deps.acts.about(tx, [runId]), "RUN_RETRIED", runId);
    if (retried !== undefined)
      throw new OperatorRefusal(`${runId} was retried by ${retried.actor} as ${retried.outcome}`);
    await deps.acts.append(tx, actOf(people, "RUN_RETRIED", runId, newId, note));
    await deps.work.startInTx(tx, run.workflow, newId, run.input);
  });
  return { retried: runId, as: newId };
}

/** Hands a run over. @throws OperatorRefusal when there is none. */
export async function assignRun(
  deps: RunDependencies,
  runId: string,
  to: string,
  people: People,
  note: string | null,
): Promise<object> {
  const { id } = await findRun(deps, runId);
  if (to.trim() === "") throw new OperatorRefusal("say who has it from now on: --to NAME");
  await deps.transactions.runInTransaction((tx) =>
    deps.acts.append(tx, actOf(people, "RUN_ASSIGNED", id, to.trim(), note)),
  );
  return { assigned: id, to: to.trim() };
}
