import type { FederationCase } from "../support/federation-case.ts";

const users = [
  { id: "u1", name: "Ayu", friends: [{ id: "u2" }, { id: "u3" }], best: { id: "u2" } },
  { id: "u2", name: "Budi", friends: [{ id: "u1" }], best: { id: "u1" } },
  { id: "u3", name: "Citra", friends: [], best: null },
];
const full = (ids: readonly { id: string }[]): unknown[] => ids.map(({ id }) => expand(id));
const expand = (id: string): object => {
  const user = users.find((candidate) => candidate.id === id);
  return { ...user, friends: () => full(user?.friends ?? []), best: () => (user?.best ? expand(user.best.id) : null) };
};

/** Documents of every form over one small circle of people. */
export const federationCase: FederationCase = {
  subgraphs: {
    people: {
      sdl: `
        type Query { me: User user(id: ID!): User users(ids: [ID!]! = ["u1"]): [User!]! }
        type User @key(fields: "id") { id: ID! name: String friends: [User!]! best: User }`,
      root: {
        me: () => expand("u1"),
        user: ({ id }: { id: string }) => (users.some((user) => user.id === id) ? expand(id) : null),
        users: ({ ids }: { ids: string[] }) => ids.map(expand),
      },
      entities: { User: users.map(({ id }) => expand(id) as { id: string }) },
    },
    posts: {
      sdl: `
        type Query { latest(first: Int! = 1): [Post!]! self: Query! }
        type User @key(fields: "id") { id: ID! posts(first: Int = 2): [Post!]! }
        type Post { text: String! author: User! query: Query! }`,
      root: {
        latest: ({ first }: { first: number }) => [post("u2"), post("u3")].slice(0, first),
        self: () => ({ latest: ({ first }: { first: number }) => [post("u2"), post("u3")].slice(0, first) }),
      },
      entities: {
        User: users.map(({ id }) => ({
          id,
          posts: ({ first }: { first: number }) => [post(id), post(id)].slice(0, first),
        })),
      },
    },
  },
  requests: [
    {
      title: "a circle of references, followed three times, is closed at each owner",
      query: "{ me { best { best { posts { author { name posts(first: 1) { author { best { name } } } } } } } } }",
      data: {
        me: {
          best: {
            best: {
              posts: Array.from({ length: 2 }, () => ({
                author: { name: "Ayu", posts: [{ author: { best: { name: "Budi" } } }] },
              })),
            },
          },
        },
      },
    },
    {
      title: "an argument's default, and a variable's, are used where nothing is given",
      query: "query ($n: Int = 1, $ids: [ID!]) { users(ids: $ids) { posts(first: $n) { text } } latest { text } }",
      data: { users: [{ posts: [{ text: "by u1" }] }], latest: [{ text: "by u2" }] },
    },
    {
      title: "one root field under two aliases, is asked twice and completed each",
      query:
        '{ a: user(id: "u1") { posts(first: 1) { text } } b: user(id: "u2") { name } c: user(id: "nobody") { name } }',
      data: { a: { posts: [{ text: "by u1" }] }, b: { name: "Budi" }, c: null },
    },
    {
      title: "fragments within fragments, over owners, are all followed",
      query:
        "query { me { ...A } latest { author { ...A } } } fragment A on User { name ...B } fragment B on User { friends { ...C } } fragment C on User { posts(first: 1) { text } }",
      data: {
        me: { name: "Ayu", friends: [{ posts: [{ text: "by u2" }] }, { posts: [{ text: "by u3" }] }] },
        latest: [{ author: { name: "Budi", friends: [{ posts: [{ text: "by u1" }] }] } }],
      },
    },
    {
      title: "a selection repeated in parts, is one object",
      query: "{ me { best { name } best { id } ... { best { posts(first: 1) { text } } } } }",
      data: { me: { best: { name: "Budi", id: "u2", posts: [{ text: "by u2" }] } } },
    },
    {
      title: "the query type below the root, is answered by every owner of it",
      query: "{ self { latest(first: 2) { text author { name } } me { name posts(first: 1) { text } } } }",
      data: {
        self: {
          latest: [
            { text: "by u2", author: { name: "Budi" } },
            { text: "by u3", author: { name: "Citra" } },
          ],
          me: { name: "Ayu", posts: [{ text: "by u1" }] },
        },
      },
    },
    {
      title: "the keys of the answer, stand in the order of the document",
      query: "{ latest { text } me { posts(first: 0) { text } name id } }",
      data: { latest: [{ text: "by u2" }], me: { posts: [], name: "Ayu", id: "u1" } },
    },
    {
      title: "several operations in one document, the named one runs",
      query: "{ me { name } }",
      data: { me: { name: "Ayu" } },
    },
    {
      title: "a list in a variable, of one value, is a list",
      query: "query ($ids: [ID!]!) { users(ids: $ids) { name posts(first: 1) { text } } }",
      variables: { ids: "u3" },
      data: { users: [{ name: "Citra", posts: [{ text: "by u3" }] }] },
    },
  ],
};

function post(id: string) {
  return { text: `by ${id}`, author: { id, posts: () => [post(id)] } };
}
