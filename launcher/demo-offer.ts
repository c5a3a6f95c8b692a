import type { CleanUp } from "./clean-up.ts";
import type { Demo } from "./demo.ts";

/** How a demo is offered. */
export interface DemoOffer {
  /** Makes a demo: tokens, and something to buy. */
  readonly prepare: () => Promise<Demo>;
  /** Puts it where people find it. */
  readonly publish: (demo: Demo) => void;
  /** Told once of each time without a demo, and of the end of it. */
  readonly tell: (message: string) => void;
  readonly cleanUp: CleanUp;
  /** Until a failed try is repeated. */
  readonly retryMs: number;
}

/**
 * Prepares the demo now, again before its tokens end, and after a failure soon: a service that refuses costs the demo,
 * not the start. Answers undefined when the first try failed.
 */
export async function offerDemo(offer: DemoOffer): Promise<Demo | undefined> {
  const { prepare, publish, tell, cleanUp, retryMs } = offer;
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;
  cleanUp.add(() => clearTimeout(timer));

  async function once(): Promise<Demo | undefined> {
    let nextMs = retryMs;
    let made: Demo | undefined;
    try {
      made = await prepare();
      publish(made);
      nextMs = made.tokenLifetimeSeconds * 500;
      if (isFailing) tell("There is something to try out again: the explorer and the demo's files have fresh tokens.");
      isFailing = false;
    } catch (error) {
      made = undefined;
      if (!isFailing && !cleanUp.hasBegun()) {
        tell(`There is nothing to try out yet: ${error instanceof Error ? error.message : String(error)}`);
      }
      isFailing = true;
    }
    if (!cleanUp.hasBegun()) timer = setTimeout(() => void once(), nextMs);
    return made;
  }
  return once();
}
