import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import type { ActiveLabels } from "../planners/protocol.ts";
import type { Principal } from "../request-context.ts";

/** What an assignment of labels may depend on. */
export interface LabelQuestion {
  /** The labels that the supergraph has. */
  readonly labels: readonly string[];
  readonly principal: Principal;
  readonly header: (name: string) => string | undefined;
}

/** Decides which labels of `@override` are on for a request; the same for all its fields. */
export type AssignLabels = (question: LabelQuestion) => ActiveLabels | Promise<ActiveLabels>;

/** All labels off. */
export const noLabels: ActiveLabels = { names: [], percentage: 100 };

const settingsShape = z.strictObject({
  /** Labels that are on for everybody. */
  on: z.array(z.string()).default([]),
  /** Labels that are on for a share of the signed-in users, in percent; the same users each time. */
  shares: z.record(z.string(), z.number().min(0).max(100)).default({}),
});

/** What a labels file says. */
export type LabelSettings = z.infer<typeof settingsShape>;

/** A user's place between 0 and 100: always the same, and even over all users. Nobody's is 100, where no share is on. */
export function bucketOf(principal: Principal): number {
  if (principal.kind === "anonymous") return 100;
  const digest = createHash("sha256").update(`${principal.issuer}\0${principal.subject}`).digest();
  return (digest.readUInt32BE(0) / 2 ** 32) * 100;
}

/**
 * Assigns labels by settings, by the user's bucket and, where a header is named, by what the client sends in it
 * (label names, separated by commas).
 */
export function createLabelPolicy(settings: () => LabelSettings, header: string | undefined): AssignLabels {
  return ({ principal, header: read }) => {
    const { on, shares } = settings();
    const bucket = bucketOf(principal);
    const sent = header === undefined ? "" : (read(header) ?? "");
    const shared = Object.entries(shares).flatMap(([name, percent]) => (bucket < percent ? [name] : []));
    const asked = sent.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
    return { names: [...on, ...shared, ...asked], percentage: bucket };
  };
}

/** Reads a labels file again whenever it changes, so that labels are switched without a restart. */
export class LabelsFile {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  #changedAt = -1;
  #timer: NodeJS.Timeout | undefined;
  #settings: LabelSettings = { on: [], shares: {} };

  constructor(path: string, onError: (error: unknown) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  /** What the file said when it was last readable. */
  readonly settings = (): LabelSettings => this.#settings;

  /** Looks at the file now and then once every `intervalMs`. */
  async start(intervalMs: number): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), intervalMs);
    this.#timer.unref();
  }

  /** Looks at the file. A mistake in it leaves what it said before. */
  async refresh(): Promise<void> {
    try {
      const { mtimeMs } = await stat(this.#path);
      if (mtimeMs === this.#changedAt) return;
      this.#changedAt = mtimeMs;
      this.#settings = settingsShape.parse(JSON.parse(await readFile(this.#path, "utf8")));
    } catch (error) {
      this.#onError(error);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
