import { z } from "zod";
import { isSnapOperation, type OperationName, operationNames } from "../operation-names.ts";
import { answerOfCode, services } from "../snap/response-codes.ts";

/** A code of the processor or of a courier: HTTP status and `error_code`, the latter left out for success. */
export const processorCode = /^([2-5]\d\d)(?: ([A-Z0-9_]+))?$/;

function codeMistake(operation: OperationName, code: string): string | undefined {
  if (isSnapOperation(operation)) {
    const isCode = answerOfCode(operation, code) !== undefined;
    return isCode ? undefined : `must be 7 digits with service code ${services[operation]} in the middle`;
  }
  return processorCode.test(code) ? undefined : "must be an HTTP status and an error_code, as `409 CHARGE_NOT_PAID`";
}

/** `POST /control/behaviours`: how the provider will treat the next calls of one of its operations. */
export const behaviourShape = z
  .object({
    operation: z.enum(operationNames),
    /**
     * silent: never answers. late: answers after `delayMs`. fail: answers 500xx00 (or `responseCode`).
     * in-progress: answers 202xx00. drop: closes the connection. refuse: answers `responseCode`, does nothing.
     */
    behaviour: z.enum(["silent", "late", "fail", "in-progress", "drop", "refuse"]),
    /** How many calls. */
    times: z.int().min(1).max(10_000).default(1),
    delayMs: z.int().min(0).max(600_000).default(0),
    responseCode: z.string().optional(),
    /** Whether the work is done all the same: the charge exists although the merchant heard nothing. */
    work: z.boolean().default(true),
  })
  .superRefine(({ operation, behaviour, responseCode }, context) => {
    if (behaviour === "refuse" && responseCode === undefined)
      context.addIssue({ code: "custom", path: ["responseCode"], message: "is needed to refuse, such as 4295400" });
    const mistake = responseCode === undefined ? undefined : codeMistake(operation, responseCode);
    if (mistake !== undefined) context.addIssue({ code: "custom", path: ["responseCode"], message: mistake });
  });

/** A behaviour as asked for. */
export type Behaviour = z.infer<typeof behaviourShape>;

/** The behaviours that wait for their calls; the oldest of an operation goes first. Forgotten by a restart. */
export interface Behaviours {
  readonly add: (behaviour: Behaviour) => void;
  readonly take: (operation: OperationName) => Behaviour | undefined;
  readonly waiting: () => readonly Behaviour[];
  readonly clear: () => void;
}

/** Makes an empty list of behaviours. */
export function createBehaviours(): Behaviours {
  let waiting: Behaviour[] = [];
  return {
    add: (behaviour) => void waiting.push(behaviour),
    take(operation) {
      const found = waiting.find((behaviour) => behaviour.operation === operation);
      if (found === undefined) return undefined;
      waiting = waiting.flatMap((behaviour) => {
        if (behaviour !== found) return [behaviour];
        return behaviour.times > 1 ? [{ ...behaviour, times: behaviour.times - 1 }] : [];
      });
      return found;
    },
    waiting: () => waiting,
    clear() {
      waiting = [];
    },
  };
}
