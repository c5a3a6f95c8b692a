import { gatewayCodes } from "../../policy/error-catalogue.ts";
import { reportFault, reportSubgraphError } from "../../policy/masking.ts";
import type { RequestContext } from "../../request-context.ts";
import type { SubgraphAnswer } from "../../transport/subgraph-answer.ts";
import type { SubgraphFault } from "../../transport/subgraph-fault.ts";
import type { Problem } from "../respond.ts";

// Something that goes wrong at many places could be reported for each of them; the first ones tell the story.
const maximumPlaces = 10;
/** Of one answer. What comes after them is counted in the log: a small answer must not become work without bounds. */
const maximumErrors = 100;

type Path = readonly (string | number)[];

/** What an error of a subgraph is about: objects of the answer, and a way down that is the same from each. */
export interface ErrorPlaces {
  /** One and the same array for errors about the same objects. */
  readonly objects: readonly Path[];
  readonly below: Path;
}

/** Gathers what goes wrong while a request is carried out. */
export class ProblemReporter {
  readonly problems: Problem[] = [];
  readonly #passedCodes: ReadonlySet<string>;
  readonly #context: RequestContext;

  constructor(passedCodes: ReadonlySet<string>, context: RequestContext) {
    this.#passedCodes = passedCodes;
    this.#context = context;
  }

  /** Places that a failure explains which is told of elsewhere. */
  explain(paths: readonly Path[]): void {
    for (const path of paths) this.problems.push({ path, error: undefined });
  }

  /** A root field that is not carried out. */
  skip(key: string): void {
    const { message, isRetryable } = gatewayCodes.NOT_EXECUTED;
    const { correlationId } = this.#context;
    const extensions = { code: "NOT_EXECUTED", retryable: isRetryable, correlationId };
    this.problems.push({ path: [key], error: { message, extensions } });
  }

  /** No usable answer came for these places. */
  fault(fault: SubgraphFault, isMutation: boolean, paths: readonly Path[]): void {
    const error = reportFault(fault, isMutation, this.#context);
    if (paths.length === 0) this.problems.push({ path: undefined, error });
    for (const path of paths.slice(0, maximumPlaces)) this.problems.push({ path, error });
    this.explain(paths.slice(maximumPlaces));
  }

  /** What a subgraph says went wrong. `placesOf` finds what a path of its answer means to the client. */
  errors(service: string, { errors }: SubgraphAnswer, placesOf: (path: Path | undefined) => ErrorPlaces): void {
    const explained = new Set<readonly Path[]>();
    for (const given of (errors ?? []).slice(0, maximumErrors)) {
      const { path: givenPath, ...error } = reportSubgraphError(given, service, this.#passedCodes, this.#context);
      const { objects, below } = placesOf(givenPath?.every(isKey) ? givenPath : undefined);
      if (objects.length === 0) this.problems.push({ path: undefined, error });
      for (const object of objects.slice(0, maximumPlaces)) this.problems.push({ path: [...object, ...below], error });
      if (objects.length <= maximumPlaces || explained.has(objects)) continue;
      explained.add(objects);
      this.explain(objects.slice(maximumPlaces));
    }
    const more = (errors?.length ?? 0) - maximumErrors;
    if (more > 0) this.#context.logger.error({ service, more }, "a subgraph reported more errors than are looked at");
  }
}

function isKey(key: unknown): boolean {
  return typeof key === "string" || typeof key === "number";
}
