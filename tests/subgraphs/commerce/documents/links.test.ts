import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { checkLink, createDocumentLinks, type LinkQuery } from "../../../../subgraphs/commerce/documents/links.ts";

const now = new Date("2026-11-25T03:15:00.000Z");
const key = { id: newId(), secret: randomBytes(32) };
const other = { id: newId(), secret: randomBytes(32) };
const keys = {
  current: async () => key,
  find: async (id: string) => [key, other].find((known) => known.id === id) ?? null,
};
const links = createDocumentLinks("https://commerce.example", keys, () => now);
const documentId = newId();

async function made(): Promise<{ readonly url: URL; readonly query: Record<string, string> }> {
  const url = new URL(await links.linkTo(documentId));
  return { url, query: Object.fromEntries(url.searchParams) };
}

test("a link leads to commerce's own address, and is good for an hour for its document", async () => {
  const { url, query } = await made();
  expect(url.href).toMatch(`https://commerce.example/documents/${documentId}?`);
  expect(await checkLink(keys, documentId, query, now)).toBe("good");
  expect(await checkLink(keys, documentId, query, new Date(now.getTime() + 3_599_000))).toBe("good");
  expect(await checkLink(keys, documentId, query, new Date(now.getTime() + 3_600_000))).toBe("expired");
});

test.each<[string, (query: Record<string, string>) => LinkQuery]>([
  ["a later end", (query) => ({ ...query, expires: String(Number(query.expires) + 1) })],
  ["another key's id", (query) => ({ ...query, key: other.id })],
  ["a key that is gone", (query) => ({ ...query, key: newId() })],
  ["another signature", (query) => ({ ...query, signature: Buffer.alloc(32).toString("base64url") })],
  ["a cut signature", (query) => ({ ...query, signature: query.signature?.slice(0, 20) })],
  ["no signature", ({ expires, key: id }) => ({ expires, key: id })],
  ["two signatures", (query) => ({ ...query, signature: [query.signature, query.signature] })],
  ["an end that is no number", (query) => ({ ...query, expires: "1e12" })],
])("a link with %s is forged, also when it is over", async (_, change) => {
  const { query } = await made();
  expect(await checkLink(keys, documentId, change(query), now)).toBe("forged");
  expect(await checkLink(keys, documentId, change(query), new Date(now.getTime() + 86_400_000))).toBe("forged");
});

test("a link to one document opens no other, and what is no id is nothing", async () => {
  const { query } = await made();
  for (const id of [newId(), "../../etc/passwd", ""]) expect(await checkLink(keys, id, query, now)).toBe("forged");
});
