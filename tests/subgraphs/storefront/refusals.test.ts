import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type EnumTypeDefinitionNode, Kind, parse } from "graphql";
import { newId } from "../../../platform/runtime/ids.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { draft, member, publish, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({ rows: "none" });

async function refusalOf(field: string, subject: string, input: object): Promise<unknown> {
  const type = field.charAt(0).toUpperCase() + field.slice(1);
  const document = `mutation($input: ${type}Input!) { ${field}(input: $input) { ... on UserError { code message } } }`;
  return (await storefront.read(document, member(subject), { input }))[field];
}

async function endedSession(): Promise<string> {
  const data = await storefront.read(
    `mutation { startLiveSession(input: { title: "A" }) { ... on StartLiveSessionSuccess { liveSession { id } } } }`,
    member("owner"),
  );
  const liveSessionId = String(data.startLiveSession?.liveSession?.id);
  await refusalOf("endLiveSession", "owner", { liveSessionId });
  return liveSessionId;
}

/** One way to each refusal. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  INVALID_INPUT: () => refusalOf("startLiveSession", "owner", { title: "" }),
  VIDEO_NOT_FOUND: () => refusalOf("likeVideo", "owner", { videoId: newId() }),
  CREATOR_NOT_FOUND: () => refusalOf("followCreator", "owner", { creatorId: newId() }),
  LIVE_SESSION_NOT_FOUND: () => refusalOf("endLiveSession", "owner", { liveSessionId: newId() }),
  LIVE_SESSION_ENDED: async () => refusalOf("unpinProduct", "owner", { liveSessionId: await endedSession() }),
  CREATOR_PROFILE_REQUIRED: () => refusalOf("startLiveSession", "nobody", { title: "A" }),
  HANDLE_UNAVAILABLE: () => refusalOf("registerCreator", "nobody", { handle: "owner", displayName: "A" }),
  IDEMPOTENCY_CONFLICT: async () => {
    const idempotencyKey = newId();
    await publish(storefront, "owner", { idempotencyKey });
    return refusalOf("publishVideo", "owner", draft({ idempotencyKey, title: "Another" }));
  },
};

beforeAll(async () => {
  await register(storefront, "owner", "owner");
});

describe("refusal codes", () => {
  test("the schema names those that can be provoked, and no other", () => {
    const sdl = parse(readFileSync(join(projectRoot, "schema", "subgraphs", "storefront.graphql"), "utf8"));
    const codes = sdl.definitions.find(
      (node): node is EnumTypeDefinitionNode =>
        node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "RefusalCode",
    );
    expect(codes?.values?.map((value) => value.name.value).sort()).toEqual(Object.keys(ways).sort());
  });

  test.each(Object.entries(ways))("%s, provoked, comes with a sentence", async (code, provoke) => {
    expect(await provoke()).toEqual({ code, message: expect.stringMatching(/^.{10,}$/) });
  });
});
