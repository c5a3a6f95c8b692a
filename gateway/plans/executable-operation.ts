import type { GraphQLSchema } from "graphql";
import type { PlannedDocument } from "../documents/planned-document.ts";
import type { ObjectProjection } from "../projection/projection.ts";
import type { Plan } from "./plan.ts";

/** All that is known of an operation before its variables are: made once, used for every request of it. */
export interface ExecutableOperation {
  readonly schema: GraphQLSchema;
  readonly document: PlannedDocument;
  readonly plan: Plan;
  readonly projection: ObjectProjection;
}
