import type { FederationCase } from "../support/federation-case.ts";

/** Fields of one name whose types differ from subgraph to subgraph and from type to type. */
export const federationCase: FederationCase = {
  subgraphs: {
    feed: {
      sdl: `
        type Query { entries: [Entry!]! first: Entry }
        union Entry = Clip | Show
        type Clip @key(fields: "id") { id: ID! }
        type Show @key(fields: "id") { id: ID! }`,
      root: { entries: () => [clip("c1"), show("s1"), clip("c2")], first: () => show("s2") },
      entities: { Clip: ["c1", "c2"].map(clip), Show: ["s1", "s2"].map(show) },
    },
    texts: {
      sdl: `
        type Query { pieces: [Piece] }
        union Piece = Clip | Show
        type Clip @key(fields: "id") { id: ID! name: String! tags: [String!]! about: About! strict: String! }
        type Show @key(fields: "id") { id: ID! name: String tags: [String] about: About strict: String! }
        type About { text: String! by: Person! }
        type Person { name: String }`,
      root: {
        pieces: () => [
          { __typename: "Clip", ...clipTexts("c1") },
          { __typename: "Show", ...showTexts("s1") },
          { __typename: "Show", ...showTexts("s2") },
        ],
      },
      entities: { Clip: ["c1", "c2"].map(clipTexts), Show: ["s1", "s2"].map(showTexts) },
    },
    labels: {
      sdl: `
        type Clip @key(fields: "id") { id: ID! name: String! @external label: String @requires(fields: "name") }
        type Show @key(fields: "id") { id: ID! name: String @external label: String! @requires(fields: "name") }`,
      entities: { Clip: ["c1", "c2"].map(labelled("Clip")), Show: ["s1", "s2"].map(labelled("Show")) },
    },
  },
  requests: [
    {
      title: "two types that require a field of one name, null in one and never in the other, are both completed",
      query: "{ entries { ... on Clip { id label } ... on Show { id title: label } } }",
      data: {
        entries: [
          { id: "c1", label: "Clip name of c1" },
          { id: "s1", title: "Show null" },
          { id: "c2", label: "Clip name of c2" },
        ],
      },
    },
    {
      title:
        "fields of one name, never null in one type and null in another, asked under keys of their own, are answered",
      query: "{ pieces { ... on Clip { clip: name } ... on Show { show: name id } } }",
      data: { pieces: [{ clip: "name of c1" }, { show: null, id: "s1" }, { show: "name of s2", id: "s2" }] },
    },
    {
      title: "lists and objects whose wrappers differ, asked for in two types, come back under the client's keys",
      query: `{ entries { ... on Clip { clipTags: tags clipAbout: about { text by { name } } }
        ... on Show { showTags: tags showAbout: about { text } } } }`,
      data: {
        entries: [
          { clipTags: ["a", "b"], clipAbout: { text: "about c1", by: { name: "Ayu" } } },
          { showTags: [null], showAbout: null },
          { clipTags: ["a", "b"], clipAbout: { text: "about c2", by: { name: "Ayu" } } },
        ],
      },
    },
    {
      title: "an error in a field that was asked under another key, is told under the client's path",
      query: "{ first { ... on Clip { c: name } ... on Show { id s: name label } } }",
      data: { first: { id: "s2", s: "name of s2", label: "Show name of s2" } },
    },
    {
      title: "a field that fails in one of the two types, nulls its own object alone and says where",
      query: "{ pieces { ... on Clip { id strict } ... on Show { id strict } } }",
      data: { pieces: [{ id: "c1", strict: "strict c1" }, null, { id: "s2", strict: "strict s2" }] },
      errors: [{ code: "INTERNAL_SERVER_ERROR", path: ["pieces", 1, "strict"] }],
    },
  ],
};

function clip(id: string) {
  return { __typename: "Clip", id };
}

function show(id: string) {
  return { __typename: "Show", id };
}

function clipTexts(id: string) {
  const about = { text: `about ${id}`, by: { name: "Ayu" } };
  return { id, name: `name of ${id}`, tags: ["a", "b"], about, strict: `strict ${id}` };
}

function showTexts(id: string) {
  const name = id === "s1" ? null : `name of ${id}`;
  const strict = () => {
    if (id === "s1") throw new Error("strict fails");
    return `strict ${id}`;
  };
  return { id, name, tags: [null], about: null, strict };
}

function labelled(type: string) {
  return (id: string) => ({
    id,
    label(this: { name: string | null }) {
      return `${type} ${this.name}`;
    },
  });
}
