import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, parse } from "graphql";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { foreignKinds, readOwnership } from "./ownership.ts";

const supergraph = parse(readFileSync(join(projectRoot, "schema", "supergraph.graphql"), "utf8"));
const ownership = readOwnership();

function graphsOf(directives: readonly ConstDirectiveNode[] = [], name: string): string[] {
  return directives
    .filter((directive) => directive.name.value === name)
    .flatMap(({ arguments: given = [] }) => given.filter((argument) => argument.name.value === "graph"))
    .flatMap(({ value }) => (value.kind === Kind.ENUM ? [value.value.toLowerCase()] : []));
}

/** Fields of the composed object types, each with the organisations that a gateway may ask for it. */
function resolvedFields(): { readonly coordinate: string; readonly field: FieldDefinitionNode; graphs: string[] }[] {
  return supergraph.definitions
    .filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
    .flatMap((type) =>
      (type.fields ?? []).map((field) => {
        const own = graphsOf(field.directives, "join__field");
        const graphs = own.length > 0 ? own : graphsOf(type.directives, "join__type");
        return { coordinate: `${type.name.value}.${field.name.value}`, field, graphs };
      }),
    );
}

describe("the composed supergraph", () => {
  const fields = resolvedFields();

  test("every mutation is sent to exactly one organisation", () => {
    const mutations = fields.filter(({ coordinate }) => coordinate.startsWith("Mutation."));
    expect(mutations.length).toBeGreaterThan(10);
    expect(mutations.filter(({ graphs }) => graphs.length !== 1)).toEqual([]);
  });

  test("checkout, orders and payments are asked of commerce alone", () => {
    const graphsOfField = Object.fromEntries(fields.map(({ coordinate, graphs }) => [coordinate, graphs]));
    for (const name of ["Mutation.checkout", "Query.order", "Query.orders", "Query.paymentMethods", "Order.payment"]) {
      expect([name, graphsOfField[name]]).toEqual([name, ["commerce"]]);
    }
  });

  test("no organisation is asked for a field that names another's kind of data", () => {
    const misplaced = fields.filter(({ field, graphs }) =>
      graphs.some((graph) => foreignKinds(ownership, graph, field.name.value).length > 0),
    );
    expect(misplaced.map(({ coordinate }) => coordinate)).toEqual([]);
  });
});
