import {
  assignRun,
  listStuckRuns,
  type RunDependencies,
  resumeRun,
  retryRun,
  showRun,
} from "../domain/actions/act-on-run.ts";
import { OperatorRefusal, readPeople } from "../domain/operator-act.ts";
import { openRunDesk } from "../store/durable/run-desk.ts";
import { createOperatorBook } from "../store/operator-book.ts";
import { needed, type OperatorCommand, readTyped, type Typed } from "./operator-arguments.ts";

type RunCommand = (deps: RunDependencies, typed: Typed) => Promise<readonly object[]>;

const usualMinutes = 15;
const optionNames = ["actor", "note", "to", "older-than-minutes"];

function act(work: (deps: RunDependencies, runId: string, typed: Typed) => Promise<object>): RunCommand {
  return async (deps, typed) => [await work(deps, needed(typed.words[1], "which run: its id"), typed)];
}

function people({ options }: Typed) {
  return readPeople(options.actor, null);
}

const commands: Readonly<Record<string, RunCommand>> = {
  list: (deps, { options }) => {
    const minutes = Number(options["older-than-minutes"] ?? usualMinutes);
    if (!(minutes >= 0)) throw new OperatorRefusal("--older-than-minutes is a number, as 15");
    return listStuckRuns(deps, minutes * 60_000);
  },
  show: act((deps, runId) => showRun(deps, runId)),
  resume: act((deps, runId, typed) => resumeRun(deps, runId, people(typed), typed.options.note ?? null)),
  retry: act((deps, runId, typed) => retryRun(deps, runId, people(typed), typed.options.note ?? null)),
  assign: act((deps, runId, typed) => {
    const to = needed(typed.options.to, "who has it from now on: --to NAME");
    return assignRun(deps, runId, to, people(typed), typed.options.note ?? null);
  }),
};

/** What `operate` does about runs. */
export const runsUsage = `  runs list [--older-than-minutes N]                            durable runs that do not move, the oldest first: why, and who has them
  runs show <run id>                                            its steps, what went wrong, what it waits for, what people did to it
  runs resume <run id> --actor NAME [--note TEXT]               let the same run go on where it stopped
  runs retry <run id> --actor NAME [--note TEXT]                do the same work as a fresh run under a new id
  runs assign <run id> --to NAME --actor NAME [--note TEXT]     hand it over
`;

/** `operate runs ...`: the databaseUrl leads to the durable engine's tables too. */
export function createRunsCommand(databaseUrl: string): OperatorCommand {
  return async ({ database, store, work, clock, newId }, args) => {
    const typed = readTyped(args, optionNames);
    const command = commands[typed.words[0] ?? ""];
    if (command === undefined) throw new OperatorRefusal(`that is no command\n${runsUsage}`);
    const desk = await openRunDesk(databaseUrl, database.pool);
    try {
      const { transactions } = store;
      return await command({ desk, acts: createOperatorBook(newId), transactions, work, clock }, typed);
    } finally {
      await desk.close();
    }
  };
}
