import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  capture,
  honour,
  lateMoney,
  refundOwed,
  refundPaid,
} from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import {
  isSameContent,
  transactionOf,
  UnbalancedTransactionError,
} from "../../../../../subgraphs/commerce/domain/ledger/transaction.ts";

const amount = fc.bigInt({ min: 1n, max: 10n ** 14n }).map((amountMinor) => ({ amountMinor, currency: "IDR" }));
const name = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const entry = fc.record({
  account: name,
  amountMinor: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  currency: fc.constantFrom("IDR", "USD"),
});

function sumByCurrency(entries: readonly { readonly amountMinor: bigint; readonly currency: string }[]) {
  const sums = new Map<string, bigint>();
  for (const { amountMinor, currency } of entries) sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor);
  return sums;
}

describe("a ledger transaction", () => {
  test("of any entries, is accepted exactly when it has two, none of zero, and sums to zero per currency", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const isBalanced = [...sumByCurrency(entries).values()].every((sum) => sum === 0n);
        const isProper = entries.length >= 2 && entries.every((one) => one.amountMinor !== 0n) && isBalanced;
        const make = () => transactionOf("capture", "cause", entries);
        if (isProper) expect(make().entries).toEqual(entries);
        else expect(make).toThrow(UnbalancedTransactionError);
      }),
    );
  });

  test("that is balanced by a last entry, is accepted whatever the others are", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (entries) => {
        const others = entries.filter((one) => one.amountMinor !== 0n).map((one) => ({ ...one, currency: "IDR" }));
        const sum = others.reduce((total, one) => total + one.amountMinor, 0n);
        fc.pre(sum !== 0n);
        const balanced = [...others, { account: "rest", amountMinor: -sum, currency: "IDR" }];
        expect(transactionOf("capture", "cause", balanced).entries).toHaveLength(balanced.length);
      }),
    );
  });

  test("with its entries in another order, has the same content; with another amount, it has not", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (entries) => {
        expect(isSameContent(entries, [...entries].reverse())).toBe(true);
        const [first, ...rest] = entries;
        if (first === undefined) return;
        expect(isSameContent(entries, [{ ...first, amountMinor: first.amountMinor + 1n }, ...rest])).toBe(false);
      }),
    );
  });
});

describe("the movements", () => {
  test("late money that is honoured leaves suspense empty and the order paid; sent back, it leaves nothing anywhere", () => {
    fc.assert(
      fc.property(name, name, amount, (provider, orderId, money) => {
        const balances = (entries: readonly { account: string; amountMinor: bigint }[]) => {
          const sums = new Map<string, bigint>();
          for (const one of entries) sums.set(one.account, (sums.get(one.account) ?? 0n) + one.amountMinor);
          return sums;
        };
        const late = lateMoney(provider, "cause", money);
        const honoured = balances([...late.entries, ...honour(provider, { orderId, amount: money }).entries]);
        const captured = balances(capture(provider, { orderId, amount: money }).entries);
        expect(honoured.get(`suspense:${provider}`)).toBe(0n);
        for (const [account, balance] of captured) expect(honoured.get(account)).toBe(balance);
        const back = balances([
          ...late.entries,
          ...refundOwed(provider, "cause", money).entries,
          ...refundPaid(provider, "cause", money).entries,
        ]);
        expect([...back.values()].every((balance) => balance === 0n)).toBe(true);
      }),
    );
  });
});
