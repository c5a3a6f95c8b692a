import {
  type DefinitionNode,
  GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  specifiedDirectives,
} from "graphql";
// buildASTSchema is made of these two steps, and does both at once.
import { extendSchemaImpl } from "graphql/utilities/extendSchema.js";

/** How long a slice may hold the event loop, in milliseconds. */
const sliceMs = 4;

/** Lets other work in whenever a slice has taken its time. */
class Slices {
  #until = performance.now() + sliceMs;

  async pause(): Promise<void> {
    if (performance.now() < this.#until) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#until = performance.now() + sliceMs;
  }
}

async function parsePieces(sdl: readonly string[], slices: Slices): Promise<DefinitionNode[]> {
  const definitions: DefinitionNode[] = [];
  for (const piece of sdl) {
    definitions.push(...parse(piece, { noLocation: true }).definitions);
    await slices.pause();
  }
  return definitions;
}

const emptyConfig = { types: [], directives: [], extensions: {}, extensionASTNodes: [], assumeValid: true };

/**
 * buildSchema for SDL that composition made, in slices: a large schema takes hundreds of milliseconds, during which
 * requests go on. Nothing is validated.
 */
export async function assembleSchema(sdl: readonly string[]): Promise<GraphQLSchema> {
  const slices = new Slices();
  const definitions = await parsePieces(sdl, slices);
  await slices.pause();
  const config = extendSchemaImpl(
    { ...emptyConfig, description: undefined },
    { kind: Kind.DOCUMENT, definitions },
    {
      assumeValid: true,
    },
  );
  for (const type of config.types) {
    // Types make their fields when first asked; left to the constructor below, all would do so in one go.
    if (isObjectType(type) || isInterfaceType(type)) {
      type.getInterfaces();
      type.getFields();
    } else if (isInputObjectType(type)) type.getFields();
    else if (isUnionType(type)) type.getTypes();
    await slices.pause();
  }
  const roots = Object.fromEntries(
    (["Query", "Mutation", "Subscription"] as const).map((name) => [
      name.toLowerCase(),
      config.types.find((type) => type.name === name),
    ]),
  );
  const isDeclared = definitions.some(({ kind }) => kind === Kind.SCHEMA_DEFINITION);
  const declared = new Set(config.directives.map(({ name }) => name));
  const directives = [...config.directives, ...specifiedDirectives.filter(({ name }) => !declared.has(name))];
  return new GraphQLSchema({ ...config, ...(isDeclared ? {} : roots), directives, assumeValid: true });
}
