import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { mayExplain } from "../../../gateway/policy/explain.ts";
import { anonymous, type Principal } from "../../../gateway/request-context.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

jest.setTimeout(90_000);

const analyst: Principal = { kind: "user", issuer: "i", subject: "s", scopes: ["gateway:explain"], expiresAt: 0 };

test.each([
  ["off", [false, false, false]],
  ["everybody", [true, true, true]],
  ["scope gateway:explain", [false, false, true]],
])("the setting %j, lets nobody, a buyer and an analyst see: %j", (setting, expected) => {
  const buyer = { ...analyst, scopes: ["gateway:explainer", "commerce:buy"] };
  expect([anonymous, buyer, analyst].map(mayExplain(setting))).toEqual(expected);
});

describe.each(["etalase", "apollo"])("the engine %s", (engine) => {
  let shop: Shop;
  let issuer: TestIssuer;
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  beforeAll(async () => {
    shop = await openShop();
    issuer = await startIssuer();
    gateway = await startGateway([shop.content, shop.goods], {
      engine,
      explain: "scope gateway:explain",
      identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all([shop.close(), issuer.close()]);
  });

  const ask = async (authorization: Record<string, string>) => {
    const headers = {
      "apollo-query-plan-experimental": "1",
      "x-query-plan": "1",
      "x-ownership": "1",
      ...authorization,
    };
    const { body } = await gateway.query("{ videos { id } }", { headers });
    expect(body.errors).toBeUndefined();
    return Object.keys((body as { extensions?: object }).extensions ?? {}).sort();
  };
  const bearer = async (scope: string) => ({ authorization: `Bearer ${await issuer.sign({ scope })}` });

  test("a plan that is asked for, is told to who has the scope and to nobody else", async () => {
    expect(await ask({})).toEqual([]);
    expect(await ask(await bearer("commerce:buy"))).toEqual([]);
    const told = engine === "apollo" ? ["__queryPlanExperimental"] : ["apolloQueryPlan", "ownership", "queryPlan"];
    expect(await ask(await bearer("commerce:buy gateway:explain"))).toEqual(told);
  });
});
