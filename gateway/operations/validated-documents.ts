import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { DeferRule } from "../documents/deferred-fragments.ts";
import { type DocumentBudget, parseWithin, whyTooLarge } from "../documents/document-budget.ts";
import { whyIntrospectsTooMuch } from "../documents/introspection-budget.ts";
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
/** Of what was refused: an error has a few hundred characters. */
const refusedBytes = 8 * 1024 * 1024;
const bytesOfErrors = (text: string, errors: readonly GraphQLError[]) =>
  1_000 + 2 * text.length + 1_000 * errors.length;

/** The error with its code, and without its nodes: whoever keeps it must not keep the whole document. */
function withCode({ message, source, positions, extensions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, {
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, http: { status: 400 }, ...extensions },
  });
}

function refusedDocument(reason: string): GraphQLError {
  const extensions = { code: "BAD_USER_INPUT", http: { status: 400 } };
  return new GraphQLError(`the document is refused: ${reason}`, { extensions });
}

/** Parses, measures and validates documents against one version of the schema, and remembers the outcome. */
export class ValidatedDocuments {
  readonly #schema: GraphQLSchema;
  readonly #rules: DocumentRules;
  readonly #known = new ByteCache<ValidatedDocument>(maximumBytes, bytesOf);
  /** Whoever sends what is refused again and again is refused without being read. */
  readonly #refused = new ByteCache<readonly GraphQLError[]>(refusedBytes, bytesOfErrors);
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
    const known = this.#known.get(text) ?? this.#refused.get(text);
    if (known !== undefined) return known;
    const before = this.#passedBefore?.get(text);
    const fits = before !== undefined && this.#fits(before.document);
    const read = fits ? before : this.#read(text);
    if ("document" in read) this.#known.set(text, read);
    else this.#refused.set(text, read);
    return read;
  }

  #fits(document: DocumentNode): boolean {
    return this.#validate(document).length === 0 && whyIntrospectsTooMuch(this.#schema, document) === undefined;
  }

  /** Errors tell lines and columns; what is kept has none, to be smaller. Parsing twice costs less than validating twice. */
  #read(text: string): ValidatedDocument | readonly GraphQLError[] {
    const { budget } = this.#rules;
    try {
      const located = parseWithin(text, budget, false);
      const reason = typeof located === "string" ? located : whyTooLarge(located, budget);
      if (reason !== undefined || typeof located === "string") return [refusedDocument(reason ?? "")];
      const errors = this.#validate(located);
      if (errors.length > 0) return errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
      const tooMuch = whyIntrospectsTooMuch(this.#schema, located);
      if (tooMuch !== undefined) return [refusedDocument(tooMuch)];
      return { document: parse(text, { noLocation: true }), key: documentHash(text) };
    } catch (error) {
      if (error instanceof GraphQLError) return [withCode(error, "GRAPHQL_PARSE_FAILED")];
      throw error;
    }
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const { introspection } = this.#rules;
    const own = introspection ? [DeferRule] : [DeferRule, NoSchemaIntrospectionCustomRule];
    const rules = [...specifiedRules, ...own];
    // With introspection off, "Did you mean" would spell the schema out letter by letter.
    try {
      return validate(this.#schema, document, rules, { hideSuggestions: !introspection });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      // graphql-js reads conditions at the root of a subscription without the variables that they depend on.
      return [new GraphQLError("the root field of a subscription cannot depend on @skip or @include")];
    }
  }
}
