import { setTimeout as sleep } from "node:timers/promises";
import { assortmentOf, buyerOf } from "./assortment.ts";
import { between, type Chance, chanceOf, pick, pickWeighted } from "./chance.ts";
import type { CheckoutAnswer, Diary } from "./progress.ts";
import { type ProviderClient, providerOf } from "./provider-client.ts";
import type { StormSettings } from "./settings.ts";
import type { Payload, ShopClient } from "./shop-client.ts";

/** What buyers need. */
export interface BuyerParts {
  readonly settings: StormSettings;
  readonly diary: Diary;
  readonly shop: ShopClient;
  readonly providers: ProviderClient;
}

const messageOf: Readonly<Record<string, string>> = {
  "bank-cendana.virtual-account": "va-payment",
  "bank-meranti.virtual-account": "va-payment",
  "bank-cendana.qris": "qr-notify",
  "kantong.wallet": "wallet-notify",
  "lumbung.wallet": "wallet-notify",
  "gerbang.card": "charge-webhook",
};
const methods = Object.keys(messageOf);

// How payers and providers behave, and how often.
const acts = {
  honest: 8,
  "told three times at once": 8,
  "told with fresh numbers": 3,
  "never told": 7,
  "told late": 8,
  "told out of order": 6,
  "another sum": 6,
  "another sum told": 4,
  "signed by somebody else": 4,
  "forged, never paid": 5,
  "never paid": 4,
  declined: 3,
  "paid after its end": 14,
  "another way instead": 14,
  "cancelled when paid": 24,
  "cancelled before it is paid": 10,
} as const;

type Act = keyof typeof acts;

/** A checkout that was answered with a payment. */
interface Bought extends BuyerParts {
  readonly n: number;
  readonly chance: Chance;
  readonly buyerId: string;
  readonly paymentId: string;
  readonly methodId: string;
  /** Sends the checkout once more. */
  readonly repeat: () => Promise<Payload | null>;
}

const payOptions: Partial<Record<Act, object>> = {
  honest: {},
  "told three times at once": { times: 3, concurrent: true },
  "told with fresh numbers": { times: 3, externalId: "fresh" },
  "never told": { silent: true },
  "another sum": { amount: "1000.00" },
  "another sum told": { notifiedAmount: "1000.00" },
  "signed by somebody else": { signature: "wrong" },
};

interface Shown {
  readonly orders?: readonly { readonly id: string; readonly status: string }[];
  readonly payment?: { readonly id: string; readonly status: string; readonly method: { readonly id: string } };
}

/** Looks now and then whether the buyer is told that it is paid. */
async function watch(bought: Bought, times: number): Promise<Shown | null> {
  for (let round = 0; round < times; round += 1) {
    await sleep(1_000);
    const shown = (await bought.repeat()) as Shown | null;
    if (shown?.payment?.status !== "PAID") continue;
    bought.diary.write({ entry: "told-paid", n: bought.n });
    return shown;
  }
  return null;
}

function forge({ providers, methodId, paymentId, chance }: Bought, signature: string, fields: object): Promise<void> {
  const operation = messageOf[methodId];
  return providers.post(providerOf(methodId), "forge", {
    partnerReferenceNo: paymentId,
    operation,
    signature,
    fields,
    times: between(chance, 1, 2),
  });
}

async function payInAnotherWay(bought: Bought, withinMs: number): Promise<void> {
  const { shop, providers, buyerId, paymentId, methodId, chance, n } = bought;
  const other = pick(
    chance,
    methods.filter((method) => method !== methodId),
  );
  const input = { paymentId, paymentMethodId: other, idempotencyKey: `retry-${n}-of-${paymentId.slice(-12)}` };
  let payload: Payload | null = null;
  for (let round = 0; round < 6; round += 1) {
    payload = await shop.ask(buyerId, "retryPayment", input);
    if (payload?.__typename !== "PaymentUnsettled") break;
    await sleep(1_000);
  }
  // The payer has the first charge open as well, and pays what comes first to hand.
  const payment = (payload as Shown | null)?.payment;
  if (chance() < 0.3) await providers.pay(methodId, paymentId, { force: chance() < 0.5, skipInquiry: true }, 1_500);
  if (payment !== undefined) await providers.pay(other, payment.id, {}, withinMs);
}

async function cancel(bought: Bought, shown: Shown | null): Promise<void> {
  const order = shown?.orders?.[0];
  if (order === undefined) return;
  const input = {
    orderId: order.id,
    reason: "not wanted",
    idempotencyKey: `cancel-${bought.n}-${order.id.slice(-12)}`,
  };
  const payload = await bought.shop.ask(bought.buyerId, "cancelOrder", input);
  if (payload?.__typename !== "CancelOrderSuccess") return;
  bought.diary.write({ entry: "cancelled", n: bought.n, orderId: order.id });
}

async function play(act: Act, bought: Bought): Promise<void> {
  const { providers, methodId, paymentId, chance, settings } = bought;
  const withinMs = settings.paymentTtlSeconds * 1_000;
  const pay = (options: object) => providers.pay(methodId, paymentId, options, withinMs);
  switch (act) {
    case "told late":
      await pay({ delayMs: between(chance, 1_000, withinMs) });
      return;
    case "told out of order":
      await pay({ delayMs: between(chance, 500, 2_500) });
      await forge(bought, "valid", { latestTransactionStatus: "03" });
      await forge(bought, "garbage", {});
      return;
    case "forged, never paid":
      await forge(bought, "wrong", {});
      await forge(bought, "missing", {});
      return;
    case "never paid":
      return;
    case "declined":
      await providers.post(providerOf(methodId), "move", { partnerReferenceNo: paymentId, to: "failed", notify: true });
      return;
    case "paid after its end":
      await sleep(withinMs + between(chance, 0, 3_000));
      await providers.pay(methodId, paymentId, { force: true, skipInquiry: true }, 3_000);
      return;
    case "another way instead":
      await payInAnotherWay(bought, withinMs);
      return;
    case "cancelled when paid":
      await pay({});
      await cancel(bought, await watch(bought, 25));
      return;
    case "cancelled before it is paid":
      await Promise.all([
        cancel(bought, (await bought.repeat()) as Shown | null),
        chance() < 0.6 ? providers.pay(methodId, paymentId, { force: true, skipInquiry: true }, 3_000) : undefined,
      ]);
      return;
    default:
      await pay(payOptions[act] ?? {});
      if (chance() < 0.2) await watch(bought, 3);
  }
}

/** Fills the cart; answers its version, 0 when nothing could be put in. */
async function fillCart({ settings, shop }: BuyerParts, n: number, buyerId: string, chance: Chance): Promise<number> {
  const goods = assortmentOf(settings);
  let version = 0;
  for (let line = between(chance, 1, 2); line > 0; line -= 1) {
    const { variantId } = pick(chance, goods);
    const input = { variantId, quantity: between(chance, 1, 2), idempotencyKey: `cart-${n}-line-${line}` };
    const payload = await shop.ask(buyerId, "addToCart", input);
    const { cart } = (payload ?? {}) as { cart?: { version: number } };
    version = cart?.version ?? version;
  }
  return version;
}

function answerOf(payload: Payload | null): CheckoutAnswer {
  if (payload === null) return { kind: "silent", paymentId: null };
  const { payment } = payload as Shown;
  return payment === undefined ? { kind: "refused", paymentId: null } : { kind: "success", paymentId: payment.id };
}

/**
 * The n-th checkout from its beginning to what the payer does; the same for the same seed. It may be done again from its
 * beginning when the storm was ended in it: all that it asks for has the same keys.
 */
export async function checkOut(parts: BuyerParts, n: number): Promise<void> {
  const { settings, diary, shop } = parts;
  const chance = chanceOf(settings.seed, n);
  const act = pickWeighted(chance, acts);
  const methodId = pick(chance, methods);
  const { buyerId, addressId } = buyerOf(n);
  const begun = diary.of("cart").find((entry) => entry.n === n);
  const version = begun?.version ?? (await fillCart(parts, n, buyerId, chance));
  if (version > 0) {
    if (begun === undefined) diary.write({ entry: "cart", n, version });
    const input = {
      expectedCartVersion: version,
      addressId,
      paymentMethodId: methodId,
      idempotencyKey: `checkout-${n}`,
    };
    const repeat = () => shop.ask(buyerId, "checkout", input);
    const answer = answerOf(await repeat());
    diary.write({ entry: "answered", n, answer });
    const { paymentId } = answer;
    if (paymentId !== null) await play(act, { ...parts, n, chance, buyerId, paymentId, methodId, repeat });
  }
  diary.write({ entry: "done", n, act });
}
