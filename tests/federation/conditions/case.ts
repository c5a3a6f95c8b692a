import type { FederationCase } from "../support/federation-case.ts";

const videos = [
  { id: "v1", title: "Batik", creator: { id: "c1" }, kind: { __typename: "Short", seconds: 9 } },
  { id: "v2", title: "Kopi", creator: { id: "c2" }, kind: { __typename: "Long", minutes: 90 } },
];

/** `@skip` and `@include` anywhere, by literals and by variables. */
export const federationCase: FederationCase = {
  subgraphs: {
    content: {
      sdl: `
        type Query { videos: [Video!]! video: Video }
        type Video @key(fields: "id") { id: ID! title: String! creator: Creator kind: Kind }
        union Kind = Short | Long
        type Short { seconds: Int! }
        type Long { minutes: Int! }
        type Creator @key(fields: "id") { id: ID! }`,
      root: { videos: () => videos, video: () => videos[0] },
      entities: { Video: videos },
    },
    people: {
      sdl: `
        type Query { creators: [Creator!]! }
        type Creator @key(fields: "id") { id: ID! name: String! best: Video }
        type Video @key(fields: "id") { id: ID! likes: Int! }`,
      root: { creators: () => creators },
      entities: {
        Creator: creatorsLater(),
        Video: [
          { id: "v1", likes: 1 },
          { id: "v2", likes: 2 },
        ],
      },
    },
  },
  requests: [
    {
      title: "a field of another owner, not included, is not there",
      query: "query ($yes: Boolean!) { videos { id likes @include(if: $yes) } }",
      variables: { yes: false },
      data: { videos: [{ id: "v1" }, { id: "v2" }] },
    },
    {
      title: "a field of another owner, included, is there",
      query: "query ($yes: Boolean!) { videos { id likes @include(if: $yes) } }",
      variables: { yes: true },
      data: {
        videos: [
          { id: "v1", likes: 1 },
          { id: "v2", likes: 2 },
        ],
      },
    },
    {
      title: "an entity, skipped with everything below, is not there",
      query: "query ($no: Boolean!) { video { title creator @skip(if: $no) { name best { likes } } } }",
      variables: { no: true },
      data: { video: { title: "Batik" } },
    },
    {
      title: "an entity under a condition with nested conditions, all true, is there",
      query:
        "query ($a: Boolean!, $b: Boolean!) { video { creator @include(if: $a) { name @skip(if: $b) best @include(if: $a) { likes title } } } }",
      variables: { a: true, b: false },
      data: { video: { creator: { name: "Ayu", best: { likes: 1, title: "Batik" } } } },
    },
    {
      title: "a key field that is skipped, is still fetched as a key",
      query: "query ($no: Boolean!) { videos { id @skip(if: $no) likes } }",
      variables: { no: true },
      data: { videos: [{ likes: 1 }, { likes: 2 }] },
    },
    {
      title: "a key that occurs with and without condition, is there whole",
      query: "query ($yes: Boolean!) { video { creator @include(if: $yes) { name } creator { id } } }",
      variables: { yes: false },
      data: { video: { creator: { id: "c1" } } },
    },
    {
      title: "skip and include together, disagreeing, leave the field out",
      query: "query ($a: Boolean!, $b: Boolean!) { video { likes @skip(if: $a) @include(if: $b) title } }",
      variables: { a: true, b: true },
      data: { video: { title: "Batik" } },
    },
    {
      title: "a condition by a variable's default, unset, follows the default",
      query: "query ($yes: Boolean = true) { video { likes @include(if: $yes) title @skip(if: $yes) } }",
      data: { video: { likes: 1 } },
    },
    {
      title: "a condition by a variable's default, given null, is refused",
      query: "query ($yes: Boolean = true) { video { likes @include(if: $yes) title } }",
      variables: { yes: null },
      data: undefined,
      errors: [{ code: "BAD_USER_INPUT" }],
    },
    {
      title: "a fragment that conditions leave empty, beside others, costs nothing and keeps the rest",
      query: `query ($no: Boolean!, $yes: Boolean!) { video { ...Some ... on Video { creator { ...Best } } } }
        fragment Some on Video { title @include(if: $no) ... @skip(if: $yes) { likes } }
        fragment Best on Creator { best @include(if: $no) { likes } name @skip(if: $no) }`,
      variables: { no: false, yes: true },
      data: { video: { creator: { name: "Ayu" } } },
    },
    {
      title: "literal conditions, decide without a variable",
      query: "{ video { likes @include(if: false) title @skip(if: false) creator @skip(if: true) { name } } }",
      data: { video: { title: "Batik" } },
    },
    {
      title: "a fragment under a condition, false, takes its fields with it",
      query:
        "query ($yes: Boolean!) { video { title ... @include(if: $yes) { likes } ...More @include(if: $yes) } } fragment More on Video { creator { name } }",
      variables: { yes: false },
      data: { video: { title: "Batik" } },
    },
    {
      title: "conditions on fragments of a union's types, apply by type",
      query:
        "query ($s: Boolean!, $l: Boolean!) { videos { kind { ... on Short @include(if: $s) { seconds } ... on Long @skip(if: $l) { minutes } } } }",
      variables: { s: false, l: false },
      data: { videos: [{ kind: {} }, { kind: { minutes: 90 } }] },
    },
    {
      title: "a root field of each owner, one skipped, leaves the other",
      query: "query ($no: Boolean!) { video @skip(if: $no) { title likes } creators { name } }",
      variables: { no: true },
      data: { creators: [{ name: "Ayu" }, { name: "Budi" }] },
    },
    {
      title: "everything skipped, is an empty object",
      query: "query ($no: Boolean!) { video @skip(if: $no) { title } }",
      variables: { no: true },
      data: {},
    },
    {
      title: "a condition inside an entity list with branches, changes one branch",
      query:
        "query ($yes: Boolean!) { videos { creator { best @include(if: $yes) { title } name } likes @skip(if: $yes) } }",
      variables: { yes: true },
      data: {
        videos: [
          { creator: { best: { title: "Batik" }, name: "Ayu" } },
          { creator: { best: { title: "Kopi" }, name: "Budi" } },
        ],
      },
    },
  ],
};

const creators = creatorsLater();

function creatorsLater() {
  return [
    { id: "c1", name: "Ayu", best: { id: "v1", likes: 1 } },
    { id: "c2", name: "Budi", best: { id: "v2", likes: 2 } },
  ];
}
