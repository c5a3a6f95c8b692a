/** Tells the person at the terminal what happens, one line at a time. */
export interface Progress {
  /** Does a part of the work; when it is done, says so with the time it took. What it answers can add to the line. */
  readonly step: <Value>(
    title: string,
    work: () => Promise<Value>,
    detail?: (value: Value) => string,
  ) => Promise<Value>;
  /** A line of its own. */
  readonly say: (text: string) => void;
  /** Something to look at. */
  readonly warn: (text: string) => void;
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/** Writes progress to a stream: the terminal. */
export function createProgress(write: (text: string) => void): Progress {
  const say = (text: string): void => write(`${text}\n`);
  return {
    say,
    warn: (text) => say(`  ! ${text}`),
    step: async (title, work, detail) => {
      const startedAt = Date.now();
      const value = await work();
      const addition = detail?.(value) ?? "";
      say(`  ✓ ${title}${addition === "" ? "" : `: ${addition}`} (${seconds(startedAt)})`);
      return value;
    },
  };
}
