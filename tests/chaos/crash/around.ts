import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { composeConnectors as makeConnectors } from "../../../subgraphs/commerce/composition/connectors.ts";
import type { createEventSender as makeEventSender } from "../../../subgraphs/commerce/connectors/event-receiver/send-event.ts";
import type { DurableRun, Workflow } from "../../../subgraphs/commerce/domain/durable-run.ts";
import type { PaymentProvider, Transactions } from "../../../subgraphs/commerce/domain/ports.ts";
import type { startDurableEngine as startEngine } from "../../../subgraphs/commerce/store/durable/engine.ts";
import type { createTransactions as makeTransactions } from "../../../subgraphs/commerce/store/transactions.ts";
import {
  askedNotRecorded,
  beforeCommit,
  committed,
  notRecorded,
  recorded,
  stepName,
  toldNotRecorded,
} from "../points.ts";
import { reach } from "./reach.ts";

const call = "runInTransaction(";
const linesByFile = new Map<string, number[]>();

/** The lines of a compiled file that run a transaction, in their order. */
function transactionLines(url: string): number[] {
  const known = linesByFile.get(url);
  if (known !== undefined) return known;
  const lines = readFileSync(fileURLToPath(url), "utf8")
    .split("\n")
    .flatMap((line, index) => (line.includes(call) ? [index + 1] : []));
  linesByFile.set(url, lines);
  return lines;
}

/** `checkout#1` for the first transaction of domain/actions/checkout; null for what no action runs by itself. */
function nameOfCaller(stack: string): string | null {
  const frame = /(file:\S+\/domain\/actions\/([\w-]+)\.js):(\d+):\d+/.exec(stack);
  if (frame === null) return null;
  const [, url = "", file = "", line = ""] = frame;
  const place = transactionLines(url).indexOf(Number(line));
  return `${file}#${place < 0 ? `line ${line}` : place + 1}`;
}

/** Around the transactions that the API's actions run. Those of workflows are told by the workflow. */
export function createTransactions(made: typeof makeTransactions): typeof makeTransactions {
  return (...args): Transactions => {
    const inner = made(...args);
    return {
      runInTransaction: async (work) => {
        const name = nameOfCaller(new Error("for its stack").stack ?? "");
        if (name === null) return inner.runInTransaction(work);
        const value = await inner.runInTransaction(async (tx) => {
          const done = await work(tx);
          reach(beforeCommit(name));
          return done;
        });
        reach(committed(name));
        return value;
      },
    };
  };
}

function aroundRun(workflow: string, run: DurableRun): DurableRun {
  return {
    id: run.id,
    all: run.all,
    step: async (name, work) => {
      const full = stepName(workflow, name);
      const value = await run.step(name, async () => {
        const done = await work();
        reach(notRecorded(full));
        return done;
      });
      reach(recorded(full));
      return value;
    },
    tx: async (name, work) => {
      const full = stepName(workflow, name);
      const value = await run.tx(name, async (tx) => {
        const done = await work(tx);
        reach(beforeCommit(full));
        return done;
      });
      reach(committed(full));
      return value;
    },
  };
}

/** Around every step of every workflow. */
export function startDurableEngine(start: typeof startEngine): typeof startEngine {
  return (settings) => {
    const entries = Object.entries(settings.workflows).map(([name, body]) => {
      const wrapped: Workflow = (run, input) => body(aroundRun(name, run), input);
      return [name, wrapped] as const;
    });
    return start({ ...settings, workflows: Object.fromEntries(entries) as typeof settings.workflows });
  };
}

function aroundProvider(provider: PaymentProvider): PaymentProvider {
  return {
    ...provider,
    requestPayment: async (payment) => {
      const outcome = await provider.requestPayment(payment);
      reach(askedNotRecorded);
      return outcome;
    },
  };
}

/** Around the call by which a provider is asked for a payment. */
export function composeConnectors(compose: typeof makeConnectors): typeof makeConnectors {
  return (settings) => {
    const connectors = compose(settings);
    return { ...connectors, providers: connectors.providers.map(aroundProvider) };
  };
}

/** Around the call by which the storefront is told of an event. */
export function createEventSender(made: typeof makeEventSender): typeof makeEventSender {
  return (settings) => {
    const sender = made(settings);
    return {
      ...sender,
      send: async (letter) => {
        const delivery = await sender.send(letter);
        if (delivery.kind === "delivered") reach(toldNotRecorded);
        return delivery;
      },
    };
  };
}
