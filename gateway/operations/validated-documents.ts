import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { type DocumentBudget, parseWithin, whyTooLarge } from "../documents/document-budget.ts";
import { ByteCache } from "../plans/byte-cache.ts";
import { documentHash } from "./persisted-queries.ts";

/** What documents must keep to, beside the schema. */
export interface DocumentRules {
  readonly budget: DocumentBudget;
  /** Whether a client may ask for the schema; where it may not, no error spells out the schema's names either. */
  readonly introspection: boolean;
}

/** A document that fits one version of the schema. Its nodes do not know their place in the text. */
export interface ValidatedDocument {
  readonly document: DocumentNode;
  /** The same for the same text, another for any other. */
  readonly key: string;
}

// A syntax tree without locations takes roughly this many bytes for each character of its text.
const bytesPerCharacter = 40;
const maximumBytes = 64 * 1024 * 1024;
const bytesOf = (text: string) => 1_000 + bytesPerCharacter * text.length;

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, {
    ...(nodes === undefined ? { source: source ?? null, positions: positions ?? null } : { nodes }),
    originalError: error.originalError ?? error,
    extensions: { code, http: { status: 400 }, ...error.extensions },
  });
}

function refusedDocument(reason: string): GraphQLError {
  const extensions = { code: "BAD_USER_INPUT", http: { status: 400 } };
  return new GraphQLError(`the document is refused: ${reason}`, { extensions });
}

/** Parses, measures and validates documents against one version of the schema, and keeps those that passed. */
export class ValidatedDocuments {
  readonly #schema: GraphQLSchema;
  readonly #rules: DocumentRules;
  readonly #known = new ByteCache<ValidatedDocument>(maximumBytes, bytesOf);
  /** What passed for the version before: it is parsed and measured already. */
  readonly #passedBefore: ByteCache<ValidatedDocument> | undefined;

  constructor(schema: GraphQLSchema, rules: DocumentRules, before: ValidatedDocuments | undefined) {
    this.#schema = schema;
    this.#rules = rules;
    // Not `before` itself: each version would hold on to the one before it.
    this.#passedBefore = before === undefined ? undefined : before.#known;
  }

  /** The document, or why it is refused: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT. */
  get(text: string): ValidatedDocument | readonly GraphQLError[] {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const read = this.#passedBefore?.get(text) ?? this.#read(text);
    if (read instanceof GraphQLError) return [read];
    const errors = this.#validate(read.document);
    if (errors.length > 0) return this.#located(text);
    this.#known.set(text, read);
    return read;
  }

  #read(text: string): ValidatedDocument | GraphQLError {
    let document: DocumentNode | string;
    try {
      document = parseWithin(text, this.#rules.budget);
    } catch (error) {
      if (error instanceof GraphQLError) return withCode(error, "GRAPHQL_PARSE_FAILED");
      throw error;
    }
    const reason = typeof document === "string" ? document : whyTooLarge(document, this.#rules.budget);
    if (reason !== undefined || typeof document === "string") return refusedDocument(reason ?? "");
    return { document, key: documentHash(text) };
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const { introspection } = this.#rules;
    const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    // With introspection off, "Did you mean" would spell the schema out letter by letter.
    return validate(this.#schema, document, rules, { hideSuggestions: !introspection });
  }

  /** The errors once more, now with lines and columns: what is kept has none, to be smaller. */
  #located(text: string): readonly GraphQLError[] {
    return this.#validate(parse(text)).map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
  }
}
