import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { useDatabase } from "../../../support/databases.ts";
import { type MethodUnderTest, methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

// 10,000 with `npm run notifications:storm`; a few hundred wherever the tests run.
const notifications = Number(process.env.ETALASE_STORM_NOTIFICATIONS ?? 360);
const seed = Number(process.env.ETALASE_STORM_SEED ?? Date.now() % 1_000_000);
const perPayment = 20;
const atOnce = 12;
const patienceMs = 60_000 + notifications * 60;

/** Mulberry32: the same numbers for the same seed. */
function chanceOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffle<Value>(values: readonly Value[], chance: () => number): Value[] {
  const shuffled = [...values];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(chance() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other] as Value, shuffled[index] as Value];
  }
  return shuffled;
}

describe(`${notifications} notifications, shuffled, duplicated and forged (seed ${seed})`, () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const message = (placed: Placed, operation: string, rest: object) => ({
    partnerReferenceNo: placed.paymentId,
    operation,
    ...rest,
  });
  const isProcessor = (methodId: string) => methodId.startsWith("gerbang");
  const dataOf = async (methodId: string, { paymentId }: Placed, changes: object) => {
    const { reference } = await rig.providers.of(methodId).charge(paymentId);
    const honest = {
      id: reference,
      reference_id: paymentId,
      status: "PAID",
      amount_minor: 14_900_000,
      currency: "IDR",
    };
    return { data: { ...honest, ...changes } };
  };

  /** The truth in the provider's words, a report of no money yet, and one of another sum. */
  const wordsOf = async ({ methodId, notify, isAsked }: MethodUnderTest, placed: Placed, index: number) => {
    if (isProcessor(methodId)) {
      const pending = await dataOf(methodId, placed, { status: "PROCESSING" });
      return { truth: {}, pending, otherSum: await dataOf(methodId, placed, { amount_minor: 100 }), asks: notify };
    }
    const amount = { value: "1.00", currency: "IDR" };
    if (!isAsked) {
      return { truth: {}, pending: { latestTransactionStatus: "03" }, otherSum: { amount }, asks: notify };
    }
    // A bank's call is about one taking of money, by its own name: that in its book, and one that is not in it.
    const [taken] = (await rig.providers.of(methodId).charge(placed.paymentId)).payments as {
      paymentRequestId: string;
    }[];
    const otherSum = { paymentRequestId: `${seed}${index}`, paidAmount: amount };
    return { truth: { paymentRequestId: taken?.paymentRequestId }, pending: {}, otherSum, asks: "va-inquiry" };
  };

  /** All that is told of one payment: the truth several times, rumours, forgeries. */
  const talkAbout = async (
    method: MethodUnderTest,
    placed: Placed,
    isPaid: boolean,
    index: number,
    chance: () => number,
  ) => {
    const { methodId, notify } = method;
    const words = await wordsOf(method, placed, index);
    const truth = { operation: notify, signature: "valid", fields: words.truth };
    const kinds = [
      ...(isPaid ? [truth, truth, truth] : []),
      { operation: notify, signature: "wrong", fields: {} },
      { operation: notify, signature: "garbage", fields: {} },
      { operation: notify, signature: "missing", fields: {} },
      { operation: words.asks, signature: "valid", fields: words.pending },
      { operation: notify, signature: "valid", fields: words.otherSum },
      { operation: notify, signature: "valid", rawBody: "{" },
    ];
    return Array.from({ length: perPayment }, (_, place) => {
      const kind = place < kinds.length ? kinds[place] : kinds[Math.floor(chance() * kinds.length)];
      const { operation, ...rest } = kind ?? truth;
      return { methodId, body: message(placed, operation, rest) };
    });
  };

  const stateOf = async (placed: Placed) => ({
    payment: (await rig.load(placed)).status,
    ...(await rig.state(placed)),
    balances: await rig.balances(placed),
  });

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });

  test(
    "leave the state that the clean sequence leaves, by every way to pay",
    async () => {
      const chance = chanceOf(seed);
      const count = Math.ceil(notifications / perPayment);
      const subjects = Array.from({ length: count }, (_, index) => ({
        method: methodsUnderTest[index % methodsUnderTest.length] as (typeof methodsUnderTest)[number],
        isPaid: Math.floor(index / methodsUnderTest.length) % 3 !== 2,
      }));
      const told: { readonly methodId: string; readonly body: object }[] = [];
      const stormy: { readonly placed: Placed; readonly methodId: string; readonly isPaid: boolean }[] = [];
      for (const [index, { method, isPaid }] of subjects.entries()) {
        const { methodId } = method;
        const placed = await rig.request({ methodId, ttlSeconds: 7_200 });
        const silently = { partnerReferenceNo: placed.paymentId, silent: true, skipInquiry: true };
        if (isPaid) await rig.providers.of(methodId).post("pay", silently);
        stormy.push({ placed, methodId, isPaid });
        told.push(...(await talkAbout(method, placed, isPaid, index, chance)));
      }
      const queue = shuffle(told, chance);
      const send = async (): Promise<void> => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          await rig.providers.of(next.methodId).post("forge", next.body);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, send));
      await eventually(
        async () => {
          const { rows } = await rig.pool.query(
            "SELECT count(*)::int AS waiting FROM provider_notification WHERE applied_at IS NULL",
          );
          return rows[0]?.waiting === 0 ? true : undefined;
        },
        "every notification applied",
        patienceMs,
      );

      // The clean sequence, once for each way to pay: asked for, paid or not, told once.
      const clean = new Map<string, Awaited<ReturnType<typeof stateOf>>>();
      for (const { methodId } of methodsUnderTest) {
        for (const isPaid of [true, false]) {
          const placed = await rig.request({ methodId, ttlSeconds: 7_200 });
          if (isPaid) {
            await rig.providers.of(methodId).post("pay", { partnerReferenceNo: placed.paymentId });
            await rig.until(placed, "PAID");
          }
          clean.set(`${methodId} ${isPaid}`, await stateOf(placed));
        }
      }
      for (const { placed, methodId, isPaid } of stormy) {
        expect({ methodId, isPaid, ...(await stateOf(placed)) }).toEqual({
          methodId,
          isPaid,
          ...clean.get(`${methodId} ${isPaid}`),
        });
      }
      const { rows } = await rig.pool.query(
        "SELECT count(*)::int AS transactions, (SELECT coalesce(sum(amount_minor), 0)::text FROM ledger_entry) AS sum FROM ledger_transaction WHERE kind <> 'capture'",
      );
      expect(rows).toEqual([{ transactions: 0, sum: "0" }]);
    },
    patienceMs * 2,
  );
});
