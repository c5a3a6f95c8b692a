import type { FederationCase } from "../support/federation-case.ts";

interface Given {
  readonly name?: string | null;
  readonly seal?: string | null;
  readonly inner?: readonly { readonly width?: string | null }[] | null;
}

const inside: Readonly<Record<string, readonly string[]>> = { a: ["b", "c"], b: ["c"], c: [] };
const ids = Object.keys(inside);
const ref = (id: string) => ({ id });
const widthsIn = (id: string) => (inside[id] ?? []).map((each) => `width ${each}`).join(" ");

/** Of the store: what it computes stands beside what it has itself, and what others require of it. */
function stored(id: string): Record<string, unknown> {
  return {
    id,
    width: `width ${id}`,
    inner: () => (inside[id] ?? []).map(stored),
    seal(this: Given) {
      return `seal of ${this.name}`;
    },
  };
}

const given = (inner: Given["inner"]) => (inner ?? []).map(({ width }) => width).join(" ");
const label = (id: string) => `label of seal of name ${id} and ${widthsIn(id)}`;
const total = (id: string) => `total of ${widthsIn(id)}`;

/** Objects that are met in the subgraph that computes a field of theirs of what others have, and is asked for what others compute. */
export const federationCase: FederationCase = {
  subgraphs: {
    entry: {
      sdl: `
        type Query { boxes: [Box!] @shareable only: Box }
        type Box @key(fields: "id", resolvable: false) { id: ID! }`,
      root: { boxes: () => [ref("a"), ref("b")], only: () => ref("a") },
    },
    store: {
      sdl: `
        type Query { boxes: [Box!] @shareable }
        type Mutation { close: Box! }
        type Box @key(fields: "id") {
          id: ID! width: String inner: [Box!] seal: String @requires(fields: "name") name: String @external
        }`,
      root: { boxes: () => [stored("a"), stored("b")], close: () => stored("a") },
      entities: { Box: ids.map(stored) },
    },
    names: {
      sdl: `type Box @key(fields: "id") { id: ID! name: String }`,
      entities: { Box: ids.map((id) => ({ id, name: `name ${id}` })) },
    },
    sums: {
      sdl: `
        type Box @key(fields: "id") {
          id: ID! seal: String @external inner: [Box!] @external width: String @external
          label: String @requires(fields: "seal inner { width }")
          total: String @requires(fields: "inner { width }")
        }`,
      entities: {
        Box: ids.map((id) => ({
          id,
          label(this: Given) {
            return `label of ${this.seal} and ${given(this.inner)}`;
          },
          total(this: Given) {
            return `total of ${given(this.inner)}`;
          },
        })),
      },
    },
  },
  requests: [
    {
      title: "a computed field of an object that its own subgraph answered, is asked when what it requires is there",
      query: "{ boxes { name width inner { name inner { total } seal label total } } }",
      data: {
        boxes: ["a", "b"].map((id) => ({
          name: `name ${id}`,
          width: `width ${id}`,
          inner: (inside[id] ?? []).map((each) => ({
            name: `name ${each}`,
            inner: (inside[each] ?? []).map((last) => ({ total: total(last) })),
            seal: `seal of name ${each}`,
            label: label(each),
            total: total(each),
          })),
        })),
      },
    },
    {
      title: "what requires it, asked on two levels from a subgraph that has keys alone, is asked after it",
      query: "{ only { label inner { seal label total } } }",
      data: {
        only: {
          label: label("a"),
          inner: ["b", "c"].map((id) => ({ seal: `seal of name ${id}`, label: label(id), total: total(id) })),
        },
      },
    },
    {
      title: "the same below a mutation, is asked after it",
      query: "mutation { close { seal inner { name label inner { seal } } label } }",
      data: {
        close: {
          seal: "seal of name a",
          inner: ["b", "c"].map((id) => ({
            name: `name ${id}`,
            label: label(id),
            inner: (inside[id] ?? []).map((each) => ({ seal: `seal of name ${each}` })),
          })),
          label: label("a"),
        },
      },
    },
  ],
};
