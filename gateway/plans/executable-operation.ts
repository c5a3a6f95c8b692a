import type { GraphQLSchema } from "graphql";
import type { DeferredFragment } from "../documents/deferred-fragments.ts";
import type { PlannedDocument } from "../documents/planned-document.ts";
import type { ObjectProjection, ObjectProjections } from "../projection/projection.ts";
import type { Plan } from "./plan.ts";

/** All that is known of an operation before its variables are: made once, used for every request of it. */
export interface ExecutableOperation {
  readonly schema: GraphQLSchema;
  readonly document: PlannedDocument;
  readonly plan: Plan;
  /** Of what is answered first, where parts follow. */
  readonly projection: ObjectProjection;
  /** Set when parts of the answer are delivered apart. */
  readonly deferred?: DeferredParts;
}

/** What is answered after the first part. */
export interface DeferredParts {
  /** Of the answer with all its parts. */
  readonly whole: ObjectProjection;
  /** Those around others first. */
  readonly fragments: readonly PlannedFragment[];
}

/** A deferred fragment and how it is read from the objects that it applies to. */
export interface PlannedFragment {
  readonly fragment: DeferredFragment;
  readonly objects: ObjectProjections;
}
