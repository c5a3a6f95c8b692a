import { fixedClock } from "../tests/support/clock.ts";

export const clock = fixedClock;
