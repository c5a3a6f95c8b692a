import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { useDatabase } from "../../../support/databases.ts";
import { methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

// 10,000 with `npm run notifications:storm`; a few hundred wherever the tests run.
const notifications = Number(process.env.ETALASE_STORM_NOTIFICATIONS ?? 320);
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

const wallets = methodsUnderTest.filter(({ methodId }) => !/virtual-account/.test(methodId));

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

  /** All that is told of one payment: the truth several times, rumours, forgeries. */
  const talkAbout = async (
    methodId: string,
    operation: string,
    placed: Placed,
    isPaid: boolean,
    chance: () => number,
  ) => {
    const pending = isProcessor(methodId)
      ? await dataOf(methodId, placed, { status: "PROCESSING" })
      : { latestTransactionStatus: "03" };
    const otherSum = isProcessor(methodId)
      ? await dataOf(methodId, placed, { amount_minor: 100 })
      : { amount: { value: "1.00", currency: "IDR" } };
    const truth = { signature: "valid", fields: {} };
    const kinds = [
      ...(isPaid ? [truth, truth, truth] : []),
      { signature: "wrong", fields: {} },
      { signature: "garbage", fields: {} },
      { signature: "missing", fields: {} },
      { signature: "valid", fields: pending },
      { signature: "valid", fields: otherSum },
      { signature: "valid", rawBody: "{" },
    ];
    return Array.from({ length: perPayment }, (_, index) => {
      const kind = index < kinds.length ? kinds[index] : kinds[Math.floor(chance() * kinds.length)];
      return { methodId, body: message(placed, operation, kind ?? truth) };
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
    "leave the state that the clean sequence leaves",
    async () => {
      const chance = chanceOf(seed);
      const count = Math.ceil(notifications / perPayment);
      const subjects = Array.from({ length: count }, (_, index) => ({
        method: wallets[index % wallets.length] as (typeof wallets)[number],
        isPaid: Math.floor(index / wallets.length) % 3 !== 2,
      }));
      const told: { readonly methodId: string; readonly body: object }[] = [];
      const stormy: { readonly placed: Placed; readonly methodId: string; readonly isPaid: boolean }[] = [];
      for (const { method, isPaid } of subjects) {
        const { methodId } = method;
        const placed = await rig.request({ methodId });
        if (isPaid)
          await rig.providers.of(methodId).post("pay", { partnerReferenceNo: placed.paymentId, silent: true });
        stormy.push({ placed, methodId, isPaid });
        told.push(...(await talkAbout(methodId, method.notify, placed, isPaid, chance)));
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
      for (const { methodId } of wallets) {
        for (const isPaid of [true, false]) {
          const placed = await rig.request({ methodId });
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
