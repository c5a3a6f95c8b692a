import { describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { newId } from "../../../platform/runtime/ids.ts";
import { anonymous, type Data, member, publish, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({ rows: "none" });

async function verify(token: unknown) {
  const keys = createRemoteJWKSet(new URL(`${storefront.address}/.well-known/attribution-jwks.json`));
  return jwtVerify(String(token), keys, {
    issuer: "storefront",
    audience: "commerce",
    typ: "etalase-attribution+jwt",
    algorithms: ["EdDSA"],
  });
}

const item = "id attributionToken product { id }";

describe("attribution tokens", () => {
  test("the token of a shown product, held against the published keys, states content, creator, product and time", async () => {
    const productId = newId();
    const creatorId = await register(storefront, "ann", "ann");
    const videoId = await publish(storefront, "ann", { productIds: [productId] });
    const document = `query($id: ID!) { video(id: $id) { showcase { ${item} } } }`;
    const { video } = await storefront.read(document, member("a-viewer"), { id: videoId });
    const { payload, protectedHeader } = await verify(video?.showcase?.[0]?.attributionToken);
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: "attribution-1", typ: "etalase-attribution+jwt" });
    const { iat = 0, ...claims } = payload;
    expect(claims).toEqual({
      iss: "storefront",
      aud: "commerce",
      exp: iat + 7 * 24 * 60 * 60,
      cid: videoId,
      ctp: "video",
      crt: creatorId,
      prd: productId,
    });
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(10);
  });

  test("the token of a pinned product names the live session, and is the same for every viewer at one instant", async () => {
    const creatorId = await register(storefront, "bob", "bob");
    const productId = newId();
    const started = await storefront.read(
      `mutation { startLiveSession(input: { title: "Live" }) { ... on StartLiveSessionSuccess { liveSession { id } } } }`,
      member("bob"),
    );
    const liveSessionId = String(started.startLiveSession?.liveSession?.id);
    await storefront.read(
      `mutation($input: PinProductInput!) { pinProduct(input: $input) { __typename } }`,
      member("bob"),
      { input: { liveSessionId, productId } },
    );
    storefront.now = new Date();
    const document = `query($id: ID!) { liveSession(id: $id) { pinnedItem { ${item} } } }`;
    const read = async (asker: typeof anonymous): Promise<Data | undefined> =>
      (await storefront.read(document, asker, { id: liveSessionId })).liveSession;
    const [one, two] = [await read(member("a-viewer")), await read(anonymous)];
    storefront.now = null;
    expect(one).toEqual(two);
    const { payload } = await verify(one?.pinnedItem?.attributionToken);
    expect(payload).toMatchObject({ cid: liveSessionId, ctp: "live", crt: creatorId, prd: productId });
  });

  test("a token of which one character is changed does not verify", async () => {
    await register(storefront, "cat", "cat");
    const videoId = await publish(storefront, "cat", { productIds: [newId()] });
    const document = "query($id: ID!) { video(id: $id) { showcase { attributionToken } } }";
    const { video } = await storefront.read(document, anonymous, { id: videoId });
    const token = String(video?.showcase?.[0]?.attributionToken);
    const at = token.indexOf(".") + 10;
    const forged = token.slice(0, at) + (token.charAt(at) === "A" ? "B" : "A") + token.slice(at + 1);
    await expect(verify(forged)).rejects.toThrow();
  });
});
