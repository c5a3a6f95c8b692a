import type { DurableRun } from "../../../../subgraphs/commerce/domain/durable-run.ts";
import { decodeResult, encodeResult } from "../../../../subgraphs/commerce/store/durable/recorded-json.ts";
import { directRun } from "./paid-order.ts";
import { newKey, type TestCommerce } from "./test-commerce.ts";

/** The process ends here, as `kill -9` would end it. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** A run that is begun again after each crash, with what was recorded before. */
export interface CrashingRun {
  /** Runs from the beginning; passes the places in their order and crashes at the one of this number, the first being 0. */
  readonly from: (crashAt: number) => DurableRun;
  /** Names of the places that the latest life came by. */
  readonly places: () => readonly string[];
}

/**
 * A run whose results are recorded as the engine records them: what a step does outside may be done again when its result was
 * not recorded, a transaction and its record are one. Each step has two places to crash at, before and after its record.
 */
export function crashingRun(commerce: TestCommerce): CrashingRun {
  const { tx } = directRun(commerce);
  const records = new Map<number, string>();
  const id = newKey();
  let places: string[] = [];

  function from(crashAt: number): DurableRun {
    places = [];
    let steps = 0;
    const reach = (place: string): void => {
      places.push(place);
      if (places.length - 1 === crashAt) throw new Crash(place);
    };
    async function recorded<Value>(name: string, work: (number: number) => Promise<Value>): Promise<Value> {
      const number = steps;
      steps += 1;
      const known = records.get(number);
      if (known !== undefined) return decodeResult<Value>(known);
      const value = await work(number);
      reach(`${name}: recorded`);
      return decodeResult<Value>(encodeResult(value));
    }
    return {
      id,
      step: (name, work) =>
        recorded(name, async (number) => {
          const value = await work();
          reach(`${name}: done, not recorded`);
          records.set(number, encodeResult(value));
          return value;
        }),
      tx: (name, work) =>
        recorded(name, async (number) => {
          const value = await tx(name, async (transaction) => {
            const done = await work(transaction);
            reach(`${name}: before commit`);
            return done;
          });
          records.set(number, encodeResult(value));
          return value;
        }),
      all: (work) => Promise.all(work.map((step) => step())),
    };
  }
  return { from, places: () => places };
}
