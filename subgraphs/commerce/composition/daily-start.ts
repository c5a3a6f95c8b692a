import type { Logger } from "../../../platform/runtime/logger.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { type DayDependencies, startDay } from "../domain/actions/start-day.ts";

const everyMs = 10 * 60_000;

/**
 * Looks now and then whether a new day has begun, and starts its work durably; answers how to stop looking. Nothing is lost
 * when nobody looks for a while: whoever looks next starts the day.
 */
export function keepStartingDays(dependencies: DayDependencies, clock: Clock, logger: Logger): () => void {
  const look = (): void => {
    startDay(dependencies, clock()).then(
      (day) => logger.debug({ day }, "the day's work is started"),
      (error: unknown) => logger.warn({ err: error }, "the day's work could not be started; trying again later"),
    );
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => clearInterval(timer);
}
