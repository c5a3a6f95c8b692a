import type { Clock } from "../../../../platform/values/instants.ts";
import type { ToldEvents } from "../ports.ts";
import { isTooOld, type Reception, type ToldEvent } from "../told-event.ts";

/** Applies an event once, whatever how often and in which order events come; says what became of it. */
export async function receiveEvent(
  ports: { readonly toldEvents: ToldEvents; readonly clock: Clock },
  event: ToldEvent,
): Promise<Reception> {
  const now = ports.clock();
  return isTooOld(event, now) ? "too-old" : ports.toldEvents.apply(event, now);
}
