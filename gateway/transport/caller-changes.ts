import { BoundedCache } from "../policy/bounded-cache.ts";
import type { RequestContext } from "../request-context.ts";

// Far more than can have a mutation and an older query under way at once.
const rememberedCallers = 10_000;

/** A name of who asks. All who are nobody have one. */
export function callerOf({ principal }: Pick<RequestContext, "principal">): string {
  return principal.kind === "user" ? JSON.stringify([principal.issuer, principal.subject]) : "";
}

/** When callers last changed something: what is asked for after that is never what was asked for before it. */
export class CallerChanges {
  readonly #last = new BoundedCache<string, number>(rememberedCallers);
  #count = 0;

  /** A mutation of the caller's has ended, whatever became of it. */
  changed(caller: string): void {
    this.#count += 1;
    this.#last.set(caller, this.#count);
  }

  /** The number of the caller's last change: another one after each. Empty when none is remembered. */
  lastOf(caller: string): string {
    return String(this.#last.get(caller) ?? "");
  }
}
