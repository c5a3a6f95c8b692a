import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  addAddress,
  addAddressDocument,
  checkOut,
  goodAddress,
  putIntoCart,
  seededVariant,
  setStock,
  stockOf,
} from "../support/buyer-journey.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";
import { rate, rates, scriptedCourier, silent } from "./scripted-couriers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const hemat = scriptedCourier("hemat", "Hemat");
const commerce = useCommerce({ couriers: [kilat, hemat] });

interface QuotePayload {
  readonly __typename: string;
  readonly code?: string;
  readonly silentCouriers: readonly string[];
  readonly shops: readonly {
    readonly shop: { readonly id: string };
    readonly weightGrams: number;
    readonly quotes: readonly {
      readonly id: string;
      readonly courier: string;
      readonly service: string;
      readonly fee: { readonly amount: string };
      readonly minDays: number;
      readonly maxDays: number;
      readonly expiresAt: string;
    }[];
  }[];
}

async function quote(buyer: string, addressId?: string): Promise<QuotePayload> {
  const client = await commerce().client(buyer);
  const { addresses } = await client.data<{ addresses: { id: string }[] }>("{ addresses { id } }");
  const input = { addressId: addressId ?? addresses[0]?.id ?? (await addAddress(commerce(), buyer)) };
  const { quoteShipping } = await client.data<{ quoteShipping: QuotePayload }>(
    `mutation ($input: QuoteShippingInput!) { quoteShipping(input: $input) { __typename ... on UserError { code }
      ... on ShippingUnavailable { silentCouriers shop { id } }
      ... on QuoteShippingSuccess { silentCouriers shops { shop { id } weightGrams
        quotes { id courier service fee { amount } minDays maxDays expiresAt } } } } }`,
    { input },
  );
  return quoteShipping;
}

interface ShippedOrder {
  readonly total: { readonly amount: string };
  readonly lines: readonly { readonly total: { readonly amount: string } }[];
  readonly shipment: {
    readonly courier: string;
    readonly service: string;
    readonly fee: { readonly amount: string };
    readonly status: string;
    readonly waybillNo: string | null;
    readonly history: readonly unknown[];
  } | null;
}

async function ordersOf(buyer: string): Promise<ShippedOrder[]> {
  const client = await commerce().client(buyer);
  const { orders } = await client.data<{ orders: { nodes: ShippedOrder[] } }>(
    `{ orders { nodes { total { amount } lines { total { amount } }
       shipment { courier service fee { amount } minDays maxDays status waybillNo history { status } } } } }`,
  );
  return orders.nodes;
}

/** Variants of two shops. */
const [one, other] = [seededVariant(0), seededVariant(1)];

async function newBuyer(...variants: readonly string[]): Promise<string> {
  const buyer = `buyer-${newKey()}`;
  for (const variantId of variants) await putIntoCart(commerce(), buyer, variantId);
  return buyer;
}

const plain = (buyer: string) => checkOut(commerce(), buyer);
const sen = (amount: string): bigint => BigInt(amount.replace(".", ""));

beforeEach(async () => {
  for (const variantId of [one, other]) await setStock(commerce(), variantId, 100);
  for (const courier of [kilat, hemat]) courier.asked.length = 0;
  kilat.answer = rates(rate("EXPRES", 30_000, [1, 1]), rate("BIASA", 12_000, [2, 3]));
  hemat.answer = rates(rate("DARAT", 9_000, [4, 8]), rate("UDARA", 20_000, [1, 2]));
});

describe("a checkout without a choice", () => {
  test("is carried by the cheapest service of all couriers; its fee is part of the order's total and of the payment", async () => {
    const buyer = await newBuyer(one);
    const { payment } = await plain(buyer);
    const [order] = await ordersOf(buyer);
    const shipment = { courier: "Hemat", service: "DARAT", fee: { amount: "9000.00" }, minDays: 4, maxDays: 8 };
    expect(order?.shipment).toEqual({ ...shipment, status: "QUOTED", waybillNo: null, history: [] });
    const goods = sen(order?.lines[0]?.total.amount ?? "");
    expect(sen(order?.total.amount ?? "")).toBe(goods + 900_000n);
    expect(payment.amount.amount).toBe(order?.total.amount);
  });

  test("takes the soonest of services that cost the same", async () => {
    kilat.answer = rates(rate("BIASA", 9_000, [2, 3]));
    const buyer = await newBuyer(one);
    await plain(buyer);
    expect((await ordersOf(buyer))[0]?.shipment).toMatchObject({ courier: "Kilat", service: "BIASA" });
  });

  test("asks each courier once for each shop, by the shop's district, the address's and the weight of its goods", async () => {
    const buyer = await newBuyer(one, one, other);
    await plain(buyer);
    const { rows } = await commerce().parts.database.pool.query(
      `SELECT s.district_code AS "originDistrict", v.weight_grams AS weight, v.id FROM variant v
         JOIN product p ON p.id = v.product_id JOIN shop s ON s.id = p.shop_id WHERE v.id = ANY($1::uuid[])`,
      [[one, other]],
    );
    const expected = rows.map(({ originDistrict, weight, id }) => ({
      originDistrict,
      destinationDistrict: goodAddress.districtCode,
      weightGrams: weight * (id === one ? 2 : 1),
    }));
    expect(kilat.asked).toHaveLength(2);
    expect(hemat.asked).toEqual(expect.arrayContaining(expected));
  });

  test("goes on with the courier that answers while the other does not", async () => {
    hemat.answer = silent;
    const buyer = await newBuyer(one);
    await plain(buyer);
    expect((await ordersOf(buyer))[0]?.shipment?.courier).toBe("Kilat");
  });

  test("is refused when no courier answers, reserves nothing, and can be sent again under its key", async () => {
    kilat.answer = silent;
    hemat.answer = silent;
    const buyer = await newBuyer(one);
    const idempotencyKey = newKey();
    const before = await stockOf(commerce(), one);
    const refusal = await checkOut(commerce(), buyer, { idempotencyKey });
    expect(refusal).toMatchObject({ code: "SHIPPING_UNAVAILABLE", field: "input.addressId" });
    expect(await stockOf(commerce(), one)).toEqual(before);
    hemat.answer = rates(rate("DARAT", 9_000));
    expect(await checkOut(commerce(), buyer, { idempotencyKey })).toMatchObject({ __typename: "CheckoutSuccess" });
  });

  test("that was placed, answers its first result again although no courier answers any more", async () => {
    const buyer = await newBuyer(one);
    const idempotencyKey = newKey();
    const changes = { idempotencyKey, expectedCartVersion: 1 };
    const first = await checkOut(commerce(), buyer, changes);
    kilat.answer = silent;
    hemat.answer = silent;
    const asked = kilat.asked.length;
    const again = await checkOut(commerce(), buyer, changes);
    expect(again).toMatchObject({ isReplay: true, payment: { id: first.payment.id } });
    expect(kilat.asked).toHaveLength(asked);
  });

  test("that will be refused for another reason, asks no courier", async () => {
    const buyer = await newBuyer(one);
    const refusal = await checkOut(commerce(), buyer, { expectedCartVersion: 7 });
    expect(refusal.code).toBe("CART_CHANGED");
    expect(kilat.asked).toEqual([]);
  });

  test("holds no lock while couriers are asked", async () => {
    const buyer = await newBuyer(one);
    const { pool } = commerce().parts.database;
    const free: number[] = [];
    hemat.answer = async () => {
      for (const [table, column, key] of [
        ["stock", "variant_id", one],
        ["cart", "buyer_id", buyer],
      ]) {
        const found = await pool.query(`SELECT 1 FROM ${table} WHERE ${column} = $1 FOR UPDATE NOWAIT`, [key]);
        free.push(found.rowCount ?? 0);
      }
      return { kind: "rates", rates: [rate("DARAT", 9_000)] };
    };
    expect((await plain(buyer)).__typename).toBe("CheckoutSuccess");
    expect(free).toEqual([1, 1]);
  });

  test("of two shops, sends as many SQL statements for shipping as one of a single shop", async () => {
    const counts: number[] = [];
    for (const variants of [[one], [one, other]]) {
      const buyer = await newBuyer(...variants);
      await addAddress(commerce(), buyer);
      const before = await commerce().statements();
      await plain(buyer);
      counts.push((await commerce().statements()) - before);
    }
    const reservations = 1;
    expect((counts[1] ?? 0) - (counts[0] ?? 0)).toBeLessThanOrEqual(reservations);
  });
});

describe("quotes", () => {
  test("are of every service of every courier that answers, cheapest first, for each shop; who is silent is told", async () => {
    const buyer = await newBuyer(one, other);
    const all = await quote(buyer);
    expect(all.silentCouriers).toEqual([]);
    expect(all.shops).toHaveLength(2);
    for (const { quotes } of all.shops) {
      expect(quotes.map(({ courier, service }) => `${courier} ${service}`)).toEqual([
        "Hemat DARAT",
        "Kilat BIASA",
        "Hemat UDARA",
        "Kilat EXPRES",
      ]);
    }
    kilat.answer = silent;
    const fewer = await quote(buyer);
    expect(fewer.silentCouriers).toEqual(["Kilat"]);
    expect(fewer.shops[0]?.quotes).toHaveLength(2);
  });

  test("expire when their courier says so, at the latest after a quarter of an hour", async () => {
    const soon = new Date(Date.now() + 60_000);
    kilat.answer = rates({ ...rate("BIASA", 12_000), validUntil: soon });
    const { shops } = await quote(await newBuyer(one));
    const byService = new Map(shops[0]?.quotes.map(({ service, expiresAt }) => [service, Date.parse(expiresAt)]));
    expect(byService.get("BIASA")).toBe(soon.getTime());
    expect(Math.abs((byService.get("DARAT") ?? 0) - Date.now() - 900_000)).toBeLessThan(10_000);
  });

  test("are refused for an empty cart, for somebody else's address, and when no courier answers", async () => {
    expect((await quote(await newBuyer())).code).toBe("CART_EMPTY");
    const foreign = await addAddress(commerce(), `buyer-${newKey()}`);
    expect((await quote(await newBuyer(one), foreign)).code).toBe("ADDRESS_NOT_FOUND");
    kilat.answer = async () => ({ kind: "refused", reason: "not there" });
    hemat.answer = silent;
    expect(await quote(await newBuyer(one))).toMatchObject({ code: "SHIPPING_UNAVAILABLE", silentCouriers: ["Hemat"] });
  });

  test("need somebody signed in", async () => {
    const client = await commerce().client();
    const { errors } = await client.send(`mutation { quoteShipping(input: { addressId: "x" }) { __typename } }`);
    expect(errors[0]?.extensions?.code).toBe("UNAUTHENTICATED");
  });
});

describe("a checkout with chosen quotes", () => {
  async function chosen(buyer: string, service: string): Promise<string[]> {
    const { shops } = await quote(buyer);
    return shops.map(({ quotes }) => quotes.find((candidate) => candidate.service === service)?.id ?? "");
  }

  test("is carried as chosen at the price that was quoted, without asking couriers again, whatever they cost now", async () => {
    const buyer = await newBuyer(one, other);
    const shippingQuoteIds = await chosen(buyer, "UDARA");
    kilat.answer = silent;
    hemat.answer = silent;
    const asked = hemat.asked.length;
    await checkOut(commerce(), buyer, { shippingQuoteIds });
    expect(hemat.asked).toHaveLength(asked);
    const fees = (await ordersOf(buyer)).map(({ shipment }) => `${shipment?.service} ${shipment?.fee.amount}`);
    expect(fees).toEqual(["UDARA 20000.00", "UDARA 20000.00"]);
  });

  test("for one of two shops, takes the cheapest for the other", async () => {
    const buyer = await newBuyer(one, other);
    const [first = ""] = await chosen(buyer, "EXPRES");
    await checkOut(commerce(), buyer, { shippingQuoteIds: [first] });
    const services = (await ordersOf(buyer)).map(({ shipment }) => shipment?.service);
    expect(services.sort()).toEqual(["DARAT", "EXPRES"]);
  });

  test("that has expired, is refused and reserves nothing; so is one that somebody else was given", async () => {
    const buyer = await newBuyer(one);
    const shippingQuoteIds = await chosen(buyer, "UDARA");
    const before = await stockOf(commerce(), one);
    const thief = await newBuyer(one);
    expect((await checkOut(commerce(), thief, { shippingQuoteIds })).code).toBe("SHIPPING_QUOTE_EXPIRED");
    await commerce().parts.database.pool.query("UPDATE shipping_quote SET expires_at = now() WHERE id = $1", [
      shippingQuoteIds[0],
    ]);
    const refusal = await checkOut(commerce(), buyer, { shippingQuoteIds });
    expect(refusal).toMatchObject({ code: "SHIPPING_QUOTE_EXPIRED", field: "input.shippingQuoteIds" });
    expect(await stockOf(commerce(), one)).toEqual(before);
  });

  test("for other goods, another address or a shop that sells nothing of it, is refused", async () => {
    const buyer = await newBuyer(one);
    const shippingQuoteIds = await chosen(buyer, "UDARA");
    const client = await commerce().client(buyer);
    const input = { ...goodAddress, districtCode: "317406", idempotencyKey: newKey() };
    const added = await client.data<{ addAddress: { address: { id: string } } }>(addAddressDocument, { input });
    const elsewhere = { shippingQuoteIds, addressId: added.addAddress.address.id };
    expect((await checkOut(commerce(), buyer, elsewhere)).code).toBe("SHIPPING_QUOTE_CHANGED");
    await putIntoCart(commerce(), buyer, one);
    expect((await checkOut(commerce(), buyer, { shippingQuoteIds })).code).toBe("SHIPPING_QUOTE_CHANGED");
    const both = await newBuyer(one, other);
    const quoted = await chosen(both, "UDARA");
    await commerce().parts.database.pool.query("DELETE FROM cart_line WHERE buyer_id = $1 AND variant_id = $2", [
      both,
      other,
    ]);
    expect((await checkOut(commerce(), both, { shippingQuoteIds: quoted })).code).toBe("SHIPPING_QUOTE_CHANGED");
  });

  test("twice for one shop, is refused as input", async () => {
    const buyer = await newBuyer(one);
    const { shops } = await quote(buyer);
    const ids = shops[0]?.quotes.map(({ id }) => id) ?? [];
    for (const shippingQuoteIds of [ids.slice(0, 2), [ids[0] ?? "", ids[0] ?? ""]]) {
      const refusal = await checkOut(commerce(), buyer, { shippingQuoteIds });
      expect(refusal).toMatchObject({ code: "INVALID_INPUT", field: "input.shippingQuoteIds" });
    }
  });

  test("under a key that was used with another choice, is a conflict", async () => {
    const buyer = await newBuyer(one);
    const shippingQuoteIds = await chosen(buyer, "UDARA");
    const changes = { idempotencyKey: newKey(), expectedCartVersion: 1 };
    await checkOut(commerce(), buyer, { ...changes, shippingQuoteIds });
    expect((await checkOut(commerce(), buyer, changes)).code).toBe("IDEMPOTENCY_CONFLICT");
  });
});
