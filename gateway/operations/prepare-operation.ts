import {
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from "graphql";
import type { EngineVersion } from "../engine.ts";
import { errorCatalogue } from "../policy/error-catalogue.ts";
import type { OperationRequest } from "./operation-request.ts";
import type { PersistedQueries } from "./persisted-queries.ts";
import { type DocumentRules, ValidatedDocuments } from "./validated-documents.ts";

/** A validated operation, and the version of the schema it was validated against and will run on. */
export interface PreparedOperation {
  readonly version: EngineVersion;
  readonly document: DocumentNode;
  readonly documentKey: string;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Ready to run, or why it will not be: at least one error, each with a code and (`extensions.http`) a status. */
export type Preparation = { readonly prepared: PreparedOperation } | { readonly refused: readonly GraphQLError[] };

/** Why a door cannot carry operations of a kind; undefined when it can. */
export type CarriesKind = (kind: OperationTypeNode) => GraphQLError | undefined;

/** Turns what a client sent into an operation that can run. Never throws because of the client. */
export type PrepareOperation = (request: OperationRequest, carries: CarriesKind) => Preparation;

function unresolved(): GraphQLError {
  const message = "the document has several operations, or none of that name; send its operationName";
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE", http: { status: 400 } } });
}

function notLoaded(): GraphQLError {
  const code = "INTERNAL_SERVER_ERROR";
  const originalError = new Error("no supergraph is loaded");
  return new GraphQLError(errorCatalogue.get(code)?.message ?? code, { originalError, extensions: { code } });
}

const noVariables = {};

/** Makes the one way in which every door finds, validates and selects operations. */
export function createPreparation(
  versionInUse: () => EngineVersion | undefined,
  persisted: PersistedQueries,
  rules: DocumentRules,
): PrepareOperation {
  let validated: { readonly version: EngineVersion; readonly documents: ValidatedDocuments } | undefined;

  function documentsOf(version: EngineVersion): ValidatedDocuments {
    if (validated?.version === version) return validated.documents;
    const documents = new ValidatedDocuments(version.schema, rules, validated?.documents);
    validated = { version, documents };
    return documents;
  }

  return (request, carries) => {
    try {
      const version = versionInUse();
      if (version === undefined) return { refused: [notLoaded()] };
      const { text, registersAs } = persisted.find(request);
      const found = documentsOf(version).get(text);
      if (!("document" in found)) return { refused: found };
      const operation = getOperationAST(found.document, request.operationName);
      const refusal = operation ? carries(operation.operation) : unresolved();
      if (refusal !== undefined || !operation) return { refused: refusal === undefined ? [] : [refusal] };
      if (registersAs !== undefined) persisted.register(registersAs, text);
      const { document, key: documentKey } = found;
      return { prepared: { version, document, documentKey, operation, variables: request.variables ?? noVariables } };
    } catch (error) {
      if (error instanceof GraphQLError) return { refused: [error] };
      throw error;
    }
  };
}
