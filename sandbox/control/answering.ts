import type { FastifyReply } from "fastify";
import type { OperationName } from "../operation-names.ts";
import type { Provider } from "../provider.ts";
import type { Behaviour } from "./behaviours.ts";

/** What of a provider or courier takes part in answering. */
export type Answering = Pick<Provider, "behaviours" | "logger" | "sleep" | "keepSilent"> & {
  readonly book: Pick<Provider["book"], "flush">;
};

/** How a protocol words what a test can ask for. */
export interface Wording<Answer> {
  readonly send: (answer: Answer) => void;
  readonly generalError: () => Answer;
  readonly inProgress: () => Answer;
  /** The answer of a code as the control API names it; undefined when the protocol has no such code. */
  readonly ofCode: (code: string) => Answer | undefined;
}

/** What is sent when the work is done but a test wants the merchant to hear something else; undefined: nothing at all. */
function distort<Answer>(wording: Wording<Answer>, behaviour: Behaviour, truth: Answer): Answer | undefined {
  const asked = behaviour.responseCode === undefined ? undefined : wording.ofCode(behaviour.responseCode);
  if (behaviour.behaviour === "in-progress") return wording.inProgress();
  if (behaviour.behaviour === "fail") return asked ?? wording.generalError();
  if (behaviour.behaviour === "late") return truth;
  return undefined;
}

/** Does the work and answers, unless a test has asked for something else: on disk before anybody hears of it. */
export async function answerAsAsked<Answer>(
  provider: Answering,
  fastifyReply: FastifyReply,
  operation: OperationName,
  wording: Wording<Answer>,
  work: () => Answer,
): Promise<void> {
  const behaviour = provider.behaviours.take(operation);
  if (behaviour?.behaviour === "refuse" && behaviour.responseCode !== undefined) {
    await provider.book.flush();
    wording.send(wording.ofCode(behaviour.responseCode) ?? work());
    return;
  }
  const truth = behaviour === undefined || behaviour.work ? work() : wording.generalError();
  await provider.book.flush();
  if (behaviour === undefined) {
    wording.send(truth);
    return;
  }
  provider.logger.info({ operation, behaviour: behaviour.behaviour }, "a test asked for this");
  if (behaviour.delayMs > 0) await provider.sleep(behaviour.delayMs);
  const shown = distort(wording, behaviour, truth);
  if (shown !== undefined) wording.send(shown);
  else if (behaviour.behaviour === "drop") fastifyReply.hijack().raw.destroy();
  else provider.keepSilent(fastifyReply.hijack().raw);
}
