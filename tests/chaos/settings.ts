import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { projectRoot } from "../../platform/runtime/project-root.ts";

const shape = z.object({
  seed: z.number(),
  /** How many checkouts there are at least. */
  checkouts: z.number(),
  /** How many processes are killed at least. */
  kills: z.number(),
  /** How often a program is killed at each of its crash points, at least. */
  perPoint: z.number(),
  /** How many different crash points kill a program at least; all of them where `perPoint` is above zero. */
  points: z.number(),
  /** Buyers at once. */
  buyers: z.number(),
  paymentTtlSeconds: z.number(),
  /** Between two kills at a moment of chance, on average. */
  randomKillEveryMs: z.number(),
  /** Checkouts are given up at so many times `checkouts`, and what was not reached by then is a violation. */
  mostTimes: z.number(),
  convergeWithinMs: z.number(),
});

/** What one storm is like. Kept in its folder: a storm that was killed goes on with the same. */
export type StormSettings = z.infer<typeof shape>;

const long: Omit<StormSettings, "seed"> = {
  checkouts: 5_000,
  kills: 1_000,
  perPoint: 20,
  points: 0,
  buyers: 40,
  paymentTtlSeconds: 20,
  randomKillEveryMs: 5_000,
  mostTimes: 3,
  convergeWithinMs: 600_000,
};

const short: Omit<StormSettings, "seed"> = {
  ...long,
  checkouts: 70,
  kills: 25,
  perPoint: 0,
  points: 16,
  buyers: 16,
  paymentTtlSeconds: 8,
  randomKillEveryMs: 4_000,
  mostTimes: 4,
  convergeWithinMs: 150_000,
};

/** What the command line asks for. */
export interface StormOptions {
  readonly settings: StormSettings;
  readonly folder: string;
  /** Whether a storm that was begun in the folder goes on. */
  readonly isResumed: boolean;
  readonly isShort: boolean;
}

function readOptions(argv: readonly string[]) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      short: { type: "boolean", default: false },
      seed: text,
      folder: text,
      checkouts: text,
      kills: text,
      "per-point": text,
      buyers: text,
    },
  });
  return values;
}

function given(values: Readonly<Record<string, unknown>>): Partial<StormSettings> {
  const names = { checkouts: "checkouts", kills: "kills", "per-point": "perPoint", buyers: "buyers" } as const;
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) =>
      values[option] === undefined ? [] : [[name, Number(values[option])]],
    ),
  );
}

/** Reads the command line; a storm that was begun in the folder keeps what it began with. */
export function readStormOptions(argv: readonly string[]): StormOptions {
  const values = readOptions(argv);
  const folder = values.folder ?? join(projectRoot, ".cache", "chaos", values.short ? "short" : "storm");
  const file = join(folder, "settings.json");
  if (existsSync(file)) {
    const settings = shape.parse(JSON.parse(readFileSync(file, "utf8")));
    return { settings, folder, isResumed: true, isShort: values.short };
  }
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  const settings = shape.parse({ ...(values.short ? short : long), ...given(values), seed });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeFileSync(file, JSON.stringify(settings));
  return { settings, folder, isResumed: false, isShort: values.short };
}
