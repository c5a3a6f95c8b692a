/** What may be tried only so often. */
export type LimitedAction = "applyVoucher" | "startGuestCart";

/** Most attempts within a window of fixed length; windows begin at multiples of it. */
interface AttemptLimit {
  readonly most: number;
  readonly seconds: number;
}

const limits: Readonly<Record<LimitedAction, AttemptLimit>> = {
  // Enough for somebody who types codes; far too few for somebody who looks for them.
  applyVoucher: { most: 20, seconds: 600 },
  startGuestCart: { most: 20, seconds: 600 },
};

// Commerce is not told from where a request comes: all who are not signed in are one, and this only bounds what they write.
const ofNobody: AttemptLimit = { most: 3_000, seconds: 60 };

/** The window that an instant lies in. */
export interface AttemptWindow {
  /** Most attempts in it. */
  readonly most: number;
  readonly startsAt: Date;
  /** When the next one begins. */
  readonly endsAt: Date;
}

/** Finds the window for somebody (null: who is not signed in) at an instant. */
export function attemptWindow(subject: string | null, action: LimitedAction, at: Date): AttemptWindow {
  const { most, seconds } = subject === null ? ofNobody : limits[action];
  const lengthMs = seconds * 1_000;
  const startsAtMs = Math.floor(at.getTime() / lengthMs) * lengthMs;
  return { most, startsAt: new Date(startsAtMs), endsAt: new Date(startsAtMs + lengthMs) };
}

/** Counts attempts, in the caller's transaction. */
export interface AttemptStore {
  /** Counts one more attempt of a window; answers how many there are with it. Concurrent ones wait for each other. */
  readonly count: (subject: string, action: LimitedAction, startsAt: Date) => Promise<number>;
}
