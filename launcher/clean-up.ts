/** What must be undone before this process may end. */
export interface CleanUp {
  /** Adds something to undo; what comes after `run` began is undone at once. */
  readonly add: (undo: () => Promise<unknown> | unknown) => void;
  /** Undoes everything, last added first. Calling again waits for the same. */
  readonly run: () => Promise<void>;
  readonly hasBegun: () => boolean;
}

/** Makes an empty list of things to undo. A fault while undoing is told and does not keep the rest from being undone. */
export function createCleanUp(onFault: (error: unknown) => void): CleanUp {
  const steps: (() => Promise<unknown> | unknown)[] = [];
  let running: Promise<void> | undefined;

  async function undo(): Promise<void> {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (error) {
        onFault(error);
      }
    }
  }
  return {
    add: (step) => {
      steps.push(step);
      if (running !== undefined) running = running.then(undo);
    },
    run: async () => {
      running ??= undo();
      // What was added meanwhile has made the promise a longer one.
      for (let seen: Promise<void> | undefined; seen !== running; ) {
        seen = running;
        await seen;
      }
    },
    hasBegun: () => running !== undefined,
  };
}
