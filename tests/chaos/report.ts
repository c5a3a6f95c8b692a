import { type Facts, rules, type Violation } from "./check.ts";
import { killsByPoint } from "./fleet.ts";
import { crashPoints } from "./points.ts";
import type { Diary } from "./progress.ts";
import type { StormSettings } from "./settings.ts";

const mostShown = 12;

function tally(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([value, count]) => `${value} ${count}`)
    .join(", ");
}

/** What was to be done in the storm and was not: counted as violations too, because nothing is shown without it. */
export function shortcomings({ checkouts, kills, perPoint, points }: StormSettings, diary: Diary): Violation[] {
  const rule = "the storm was a storm";
  const counts = killsByPoint(diary);
  const all = [...crashPoints.api, ...crashPoints.worker];
  const done = diary.of("done").length;
  const killed = diary.of("killed").length;
  const reached = all.filter((point) => (counts.get(point) ?? 0) > 0).length;
  return [
    ...(done < checkouts ? [`${done} checkouts, not ${checkouts}`] : []),
    ...(killed < kills ? [`${killed} kills, not ${kills}`] : []),
    ...(reached < points ? [`${reached} crash points, not ${points}`] : []),
    ...all
      .filter((point) => (counts.get(point) ?? 0) < perPoint)
      .map((point) => `killed ${counts.get(point) ?? 0} times, not ${perPoint}: ${point}`),
  ].map((detail) => ({ rule, detail }));
}

/** Whether a storm that does not ask for each crash point has killed enough. */
export function hasKilledEnough({ kills, points }: StormSettings, diary: Diary): boolean {
  return diary.of("killed").length >= kills && killsByPoint(diary).size >= points;
}

/** Where the storm stands, in a line. */
export function progressLine(settings: StormSettings, diary: Diary): string {
  const counts = [...killsByPoint(diary).values()];
  const all = crashPoints.api.length + crashPoints.worker.length;
  const full = counts.filter((count) => count >= Math.max(settings.perPoint, 1)).length;
  return `${diary.of("done").length} checkouts, ${diary.of("killed").length} kills, ${full} of ${all} crash points done`;
}

function pointLines(diary: Diary): string[] {
  const counts = killsByPoint(diary);
  return (["api", "worker"] as const).flatMap((program) => [
    `killed in the ${program}, at`,
    ...crashPoints[program].map((point) => `${String(counts.get(point) ?? 0).padStart(6)}  ${point}`),
  ]);
}

/** The table in which a storm ends. Its last line counts violations. */
export function table(
  settings: StormSettings,
  diary: Diary,
  facts: Facts,
  violations: readonly Violation[],
  convergedInMs: number,
): string {
  const killed = diary.of("killed");
  const taken = facts.charges.flatMap(({ takenMinor }) => takenMinor).length;
  const lines = [
    ...pointLines(diary),
    `seed            ${settings.seed}`,
    `checkouts       ${facts.checkouts.length}: ${tally(facts.checkouts.map(({ answer }) => answer))}`,
    `acts            ${tally(diary.of("done").map(({ act }) => act))}`,
    `kills           ${killed.length}, ${killed.filter(({ point }) => point !== null).length} at crash points: ${tally(killed.map(({ what }) => what))}`,
    `ended alone     ${diary.of("ended").length}: ${tally(diary.of("ended").map(({ what, how }) => `${what} ${how}`))}`,
    `masked answers  ${diary.of("masked").length}`,
    `payments        ${facts.payments.length}: ${tally(facts.payments.map(({ status }) => status))}`,
    `orders          ${facts.orders.length}: ${tally(facts.orders.map(({ status }) => status))}`,
    `provider books  ${facts.charges.length} charges, money taken ${taken} times, ${facts.payments.filter(({ needsPerson }) => needsPerson).length} left to a person`,
    `converged in    ${Math.round(convergedInMs / 1_000)} s`,
    ...["the storm was a storm", ...Object.keys(rules)].flatMap((rule) => {
      const faults = violations.filter((violation) => violation.rule === rule);
      const shown = faults.slice(0, mostShown).map(({ detail }) => `         ${detail}`);
      const more = faults.length > mostShown ? [`         and ${faults.length - mostShown} more`] : [];
      return [`${faults.length === 0 ? "ok    " : "WRONG "} ${rule}`, ...shown, ...more];
    }),
    `violations: ${violations.length}`,
    "",
  ];
  return lines.join("\n");
}
