import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  type UnionTypeDefinitionNode,
  visit,
} from "graphql";
import { foreignKinds, type Ownership } from "./ownership.ts";

/** An organisation's SDL, and what it may hold. */
export interface SubgraphSdl {
  readonly organisation: string;
  readonly document: DocumentNode;
  readonly ownership: Ownership;
}

/** A rule of the schema that the linter's plug-in has not: coordinates that break it, as `Type.field`. */
export type SdlCheck = (sdl: SubgraphSdl) => string[];

function objectsOf({ document }: SubgraphSdl): ObjectTypeDefinitionNode[] {
  return document.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
}

function fieldsOf(sdl: SubgraphSdl): { readonly coordinate: string; readonly field: FieldDefinitionNode }[] {
  return objectsOf(sdl).flatMap((type) =>
    (type.fields ?? []).map((field) => ({ coordinate: `${type.name.value}.${field.name.value}`, field })),
  );
}

function mutationsOf(sdl: SubgraphSdl): FieldDefinitionNode[] {
  return [...(objectsOf(sdl).find((type) => type.name.value === "Mutation")?.fields ?? [])];
}

function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** Whether the innermost type may be null: of a list, its entries. */
function isNullable(type: TypeNode): boolean {
  if (type.kind === Kind.NAMED_TYPE) return true;
  if (type.kind === Kind.LIST_TYPE) return isNullable(type.type);
  return type.type.kind === Kind.LIST_TYPE && isNullable(type.type);
}

function directivesOf(node: { readonly directives?: readonly ConstDirectiveNode[] }, name: string) {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

function argumentOf(directive: ConstDirectiveNode, name: string): string | boolean | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

/** Whether this SDL only refers to the type: it can be asked for none of its fields here. */
function isReference(type: ObjectTypeDefinitionNode): boolean {
  const keys = directivesOf(type, "key");
  return keys.length > 0 && keys.every((key) => argumentOf(key, "resolvable") === false);
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function hasUnion(sdl: SubgraphSdl, mutation: FieldDefinitionNode): boolean {
  const name = capitalised(mutation.name.value);
  const union = sdl.document.definitions.find(
    (node): node is UnionTypeDefinitionNode =>
      node.kind === Kind.UNION_TYPE_DEFINITION && node.name.value === `${name}Result`,
  );
  if (mutation.type.kind !== Kind.NAMED_TYPE || mutation.type.name.value !== `${name}Result`) return false;
  const [success, ...refusals] = (union?.types ?? []).map((member) => member.name.value);
  const refusalTypes = objectsOf(sdl)
    .filter((type) => type.interfaces?.some((parent) => parent.name.value === "UserError"))
    .map((type) => type.name.value);
  return success === `${name}Success` && refusals.every((refusal) => refusalTypes.includes(refusal));
}

function floats({ document }: SubgraphSdl): string[] {
  const found: string[] = [];
  visit(document, {
    NamedType(node, _key, _parent, _path, ancestors) {
      if (node.name.value !== "Float") return;
      const named = ancestors.flat().filter((ancestor) => "name" in ancestor);
      found.push(named.map((ancestor) => ("name" in ancestor ? ancestor.name?.value : "")).join("."));
    },
  });
  return found;
}

function badKeys({ ownership, ...sdl }: SubgraphSdl): string[] {
  return objectsOf({ ownership, ...sdl }).flatMap((type) =>
    directivesOf(type, "key")
      .map((key) => String(argumentOf(key, "fields")))
      .filter((fields) => !fields.split(/\s+/).every((field) => ownership.keys.includes(field)))
      .map((fields) => `${type.name.value} @key(fields: "${fields}")`),
  );
}

function badCrossings(sdl: SubgraphSdl): string[] {
  return fieldsOf(sdl).flatMap(({ coordinate, field }) => {
    const type = coordinate.split(".")[0];
    const wanted = directivesOf(field, "requires").flatMap((directive) =>
      String(argumentOf(directive, "fields")).split(/\W+/),
    );
    const unlisted = wanted.filter((name) => name !== "" && !sdl.ownership.crossings.includes(`${type}.${name}`));
    const contexts = (field.arguments ?? []).filter((argument) => directivesOf(argument, "fromContext").length > 0);
    return unlisted.length + contexts.length > 0 ? [coordinate] : [];
  });
}

function badOwners(sdl: SubgraphSdl): string[] {
  return objectsOf(sdl)
    .filter((type) => directivesOf(type, "key").length > 0)
    .filter((type) => isReference(type) === (sdl.ownership.entities[type.name.value] === sdl.organisation))
    .map((type) => type.name.value);
}

function foreignNames({ organisation, ownership, document }: SubgraphSdl): string[] {
  const found: string[] = [];
  visit(document, {
    enter(node) {
      // A name that stands for something of this schema, not the name of a directive or of a built-in it uses.
      if (!node.kind.endsWith("Definition") || !("name" in node) || node.name === undefined) return;
      for (const kind of foreignKinds(ownership, organisation, node.name.value))
        found.push(`${node.name.value} (${kind})`);
    },
  });
  return found;
}

/** The checks, each under the name of the folder with the example that breaks it. */
export const sdlChecks: Readonly<Record<string, SdlCheck>> = {
  "mutations-take-one-input": (sdl) =>
    mutationsOf(sdl)
      .filter(({ arguments: [first, ...others] = [] }) => first?.name.value !== "input" || others.length > 0)
      .map((field) => `Mutation.${field.name.value}`),
  "mutations-answer-a-union-of-success-and-refusals": (sdl) =>
    mutationsOf(sdl)
      .filter((field) => !hasUnion(sdl, field))
      .map((field) => `Mutation.${field.name.value}`),
  "cross-organisation-fields-are-nullable": (sdl) => {
    const foreign = new Set(
      objectsOf(sdl)
        .filter(isReference)
        .map((type) => type.name.value),
    );
    return fieldsOf(sdl)
      .filter(({ field }) => foreign.has(namedTypeOf(field.type)) && !isNullable(field.type))
      .map(({ coordinate }) => coordinate);
  },
  "nothing-is-a-float": floats,
  "success-is-no-boolean": (sdl) =>
    fieldsOf(sdl)
      .filter(({ field }) => /^(?:is)?(?:success|successful|succeeded|ok|done)$/i.test(field.name.value))
      .map(({ coordinate }) => coordinate),
  "keys-are-opaque-ids": badKeys,
  "only-ids-cross-organisations": badCrossings,
  "an-entity-has-one-owner": badOwners,
  "data-stays-with-its-owner": foreignNames,
};

/** What breaks the rules in an organisation's SDL: `check: coordinate`. */
export function sdlViolations(sdl: SubgraphSdl): string[] {
  return Object.entries(sdlChecks).flatMap(([name, check]) => check(sdl).map((coordinate) => `${name}: ${coordinate}`));
}
