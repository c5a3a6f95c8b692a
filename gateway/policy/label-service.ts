import { z } from "zod";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { ActiveLabels } from "../planners/protocol.ts";
import { type FetchBounds, fetchBounded } from "../transport/bounded-fetch.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { type AssignLabels, bucketOf, type LabelQuestion } from "./labels.ts";
import { pairwiseSubject } from "./organisation-tokens.ts";

/** How an outside service is asked which labels are on. */
export interface LabelServiceSettings {
  readonly url: string;
  readonly timeoutMs: number;
  readonly cacheSeconds: number;
  readonly staleSeconds: number;
  /** On when the service gives no assignment and none is known. */
  readonly otherwise: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the id by which the service knows a user: no other party's id can be matched with it. */
  readonly secret: string;
}

/** Where an assignment came from. */
export type AssignmentSource = "fresh" | "cached" | "last-known" | "otherwise";

/** What the assignment needs from around it. */
export interface LabelServiceParts {
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly assigned: (source: AssignmentSource) => void;
}

const rememberedSubjects = 100_000;
const responseBytes = 65_536;
/** Failures in a row after which the service is left alone for a while. */
const failuresToOpen = 5;
const openMs = 2_000;

const answerShape = z.object({ on: z.array(z.string().min(1).max(200)).max(1_000) });

interface Known {
  readonly on: readonly string[];
  readonly at: number;
}

/** The purpose in the subject's id: an organisation of that name would know users by another id. */
const audience = "label-service:";

class LabelService {
  readonly #settings: LabelServiceSettings;
  readonly #parts: LabelServiceParts;
  readonly #bounds: FetchBounds;
  readonly #known = new BoundedCache<string, Known>(rememberedSubjects);
  readonly #asking = new Map<string, Promise<readonly string[] | undefined>>();
  #failures = 0;
  #openUntil = 0;
  #isTrying = false;

  constructor(settings: LabelServiceSettings, parts: LabelServiceParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#bounds = { timeoutMs: settings.timeoutMs, responseBytes };
  }

  async on({ labels, principal }: LabelQuestion): Promise<readonly string[]> {
    const { cacheSeconds, staleSeconds, otherwise, secret } = this.#settings;
    const subject =
      principal.kind === "user" ? pairwiseSubject(secret, audience, principal.issuer, principal.subject) : null;
    const key = JSON.stringify([subject, labels]);
    const known = this.#known.get(key);
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.#parts.nowMs() - known.at;
    if (known !== undefined && age < cacheSeconds * 1_000) return this.#told("cached", known.on);
    const asked = await this.#ask(key, { labels, subject });
    if (asked !== undefined) return this.#told("fresh", asked);
    if (known !== undefined && age < (cacheSeconds + staleSeconds) * 1_000) return this.#told("last-known", known.on);
    return this.#told("otherwise", otherwise);
  }

  #told(source: AssignmentSource, on: readonly string[]): readonly string[] {
    this.#parts.assigned(source);
    return on;
  }

  /** Requests of one subject that come together are one question. */
  #ask(key: string, question: object): Promise<readonly string[] | undefined> {
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const isOpen = this.#failures >= failuresToOpen;
    if (isOpen && (this.#isTrying || this.#parts.nowMs() < this.#openUntil)) return Promise.resolve(undefined);
    if (isOpen) this.#isTrying = true;
    const made = this.#exchange(key, question).finally(() => {
      this.#asking.delete(key);
      if (isOpen) this.#isTrying = false;
    });
    this.#asking.set(key, made);
    return made;
  }

  async #exchange(key: string, question: object): Promise<readonly string[] | undefined> {
    const { url, headers } = this.#settings;
    try {
      const answer = await fetchBounded(
        url,
        {
          method: "POST",
          headers: { ...headers, "content-type": "application/json", accept: "application/json" },
          body: JSON.stringify(question),
        },
        this.#bounds,
      );
      if (answer.status !== 200) throw new Error(`it answered with status ${answer.status}`);
      const { on } = answerShape.parse(JSON.parse(answer.text));
      this.#known.set(key, { on, at: this.#parts.nowMs() });
      if (this.#failures > 0) this.#parts.logger.info("the label service answers again");
      this.#failures = 0;
      return on;
    } catch (err) {
      if (this.#failures === 0) {
        this.#parts.logger.error({ err }, "the label service gives no assignment; known ones and the default stand in");
      }
      this.#failures += 1;
      this.#openUntil = this.#parts.nowMs() + openMs;
      return undefined;
    }
  }
}

/**
 * Lets an outside service assign labels: POST `{ labels, subject }`, answered `{ on: [label, ...] }`. `subject` is an opaque
 * id, or null for who is not signed in. Never fails: without an answer in time the last known assignment stands, else the
 * default. What a client sends in the header, where one is named, is added.
 */
export function createLabelService(
  settings: LabelServiceSettings,
  local: AssignLabels,
  parts: LabelServiceParts,
): AssignLabels {
  const service = new LabelService(settings, parts);
  return async (question): Promise<ActiveLabels> => {
    const [on, own] = await Promise.all([service.on(question), local(question)]);
    return { names: [...new Set([...on, ...own.names])], percentage: bucketOf(question.principal) };
  };
}
