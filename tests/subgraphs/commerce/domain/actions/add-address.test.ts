import { describe, expect, test } from "@jest/globals";
import { addAddressDocument, goodAddress } from "../../support/buyer-journey.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();

async function add(buyer: string, changes: Record<string, unknown> = {}) {
  const client = await commerce().client(buyer);
  const input = { ...goodAddress, idempotencyKey: newKey(), ...changes };
  return (await client.data<{ addAddress: Record<string, unknown> }>(addAddressDocument, { input })).addAddress;
}

test("an address is added with its district, and only its buyer sees it", async () => {
  const buyer = `buyer-${newKey()}`;
  const payload = await add(buyer);
  expect(payload).toMatchObject({
    __typename: "AddAddressSuccess",
    address: { recipientName: "Sari Wulandari", district: { code: "340407", name: expect.any(String) } },
  });
  const addressesOf = async (somebody: string) =>
    (await (await commerce().client(somebody)).data<{ addresses: unknown[] }>("{ addresses { id } }")).addresses;
  expect(await addressesOf(buyer)).toHaveLength(1);
  expect(await addressesOf(`other-${buyer}`)).toEqual([]);
});

test("ten additions at once under one key add one address", async () => {
  const buyer = `buyer-${newKey()}`;
  const idempotencyKey = newKey();
  const payloads = await Promise.all(Array.from({ length: 10 }, () => add(buyer, { idempotencyKey })));
  expect(new Set(payloads.map((payload) => JSON.stringify(payload))).size).toBe(1);
  expect(await add(buyer, { idempotencyKey, postalCode: "55282" })).toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
});

describe("an address that is refused", () => {
  test("in a district that does not exist, answers DistrictNotFound", async () => {
    for (const districtCode of ["999999", "34.04.07", ""]) {
      expect(await add("buyer-x", { districtCode })).toMatchObject({
        code: "DISTRICT_NOT_FOUND",
        field: "input.districtCode",
      });
    }
  });

  test.each([
    ["recipientName", "  "],
    ["recipientName", "x".repeat(61)],
    ["phone", "081234567890"],
    ["phone", "+62812"],
    ["street", "Jl."],
    ["street", "x".repeat(201)],
    ["postalCode", "5528"],
    ["idempotencyKey", "short"],
    ["idempotencyKey", " ".repeat(8)],
    ["recipientName", "\u200b"],
    ["recipientName", "Sari\nWulandari"],
    ["recipientName", "Sari\u202eiraW"],
    ["street", "Jalan \u001b[31mSenopati 41"],
    ["street", "Jalan\u0001 Senopati"],
  ])("with %s as %j, answers InvalidInput about that field", async (field, value) => {
    expect(await add("buyer-x", { [field]: value })).toMatchObject({ code: "INVALID_INPUT", field: `input.${field}` });
  });

  test("as the fifty-first of a book, answers InvalidInput", async () => {
    const buyer = `buyer-${newKey()}`;
    for (let n = 0; n < 50; n += 1) expect(await add(buyer)).toMatchObject({ __typename: "AddAddressSuccess" });
    expect(await add(buyer)).toMatchObject({ code: "INVALID_INPUT" });
  });
});
