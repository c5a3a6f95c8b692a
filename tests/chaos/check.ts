/**
 * Holds the providers' own books against commerce's tables, the ledger, the stock and what buyers were told. Nothing here
 * asks commerce what it thinks of itself. Amounts are in minor units.
 */

/** A charge as its provider's book has it. */
export interface ChargeFact {
  readonly provider: string;
  readonly reference: string;
  /** The reference that commerce gave it: a payment. */
  readonly paymentId: string;
  readonly status: string;
  /** What was taken from payers and not given back to them for want of commerce's consent. */
  readonly takenMinor: readonly bigint[];
  readonly refundedMinor: bigint;
}

/** One checkout as its buyer knows it. */
export interface CheckoutFact {
  readonly n: number;
  readonly buyerId: string;
  readonly answer: "success" | "refused" | "silent";
  readonly paymentId: string | null;
  readonly wasToldPaid: boolean;
  readonly cancelledOrders: readonly string[];
}

/** All that is compared. */
export interface Facts {
  readonly checkouts: readonly CheckoutFact[];
  readonly charges: readonly ChargeFact[];
  readonly payments: readonly {
    readonly id: string;
    readonly buyerId: string;
    readonly status: string;
    readonly provider: string;
    readonly amountMinor: bigint;
    readonly replacedById: string | null;
    /** Whether it waits for a person: money that no call sends back. */
    readonly needsPerson: boolean;
  }[];
  readonly orders: readonly {
    readonly id: string;
    readonly paymentId: string;
    readonly status: string;
    readonly totalMinor: bigint;
    readonly paidEvents: number;
    readonly escrowMinor: bigint;
  }[];
  readonly lines: readonly { readonly orderId: string; readonly variantId: string; readonly quantity: number }[];
  readonly reservations: readonly {
    readonly orderId: string;
    readonly variantId: string;
    readonly quantity: number;
    readonly state: string;
  }[];
  readonly refunds: readonly {
    readonly paymentId: string;
    readonly orderId: string;
    readonly amountMinor: bigint;
    readonly state: string;
  }[];
  /** Keys of checkouts: the first payment of each. */
  readonly keys: readonly { readonly buyerId: string; readonly paymentId: string }[];
  readonly stock: readonly {
    readonly variantId: string;
    readonly productId: string;
    readonly initial: number;
    readonly onHand: number;
    readonly reserved: number;
  }[];
  /** Balances of accounts by code: debits less credits. */
  readonly balances: ReadonlyMap<string, bigint>;
  readonly unbalancedTransactions: readonly string[];
  /** What the storefront knows of products, in its own database. */
  readonly standings: readonly {
    readonly productId: string;
    readonly soldCount: number;
    /** Null until it was told. */
    readonly isAvailable: boolean | null;
  }[];
  /** What has not come to its end, one sentence each. */
  readonly unfinished: readonly string[];
}

/** Something that must not be. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

type Rule = (facts: Facts) => string[];

const sumOf = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

function groupBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

/** What a provider still has of a charge. */
const keptOf = (charge: ChargeFact): bigint => sumOf(charge.takenMinor) - charge.refundedMinor;

/** What a provider has for each payment, and what our payment says that it should have. */
function keptAndEarned(facts: Facts) {
  const charges = groupBy(facts.charges, ({ paymentId }) => paymentId);
  const refunds = groupBy(facts.refunds, ({ paymentId }) => paymentId);
  return facts.payments.map((payment) => {
    const sent = (refunds.get(payment.id) ?? []).filter(({ state }) => state === "DONE");
    const isCaptured = payment.status === "PAID" || (payment.status === "REFUNDED" && sent.length > 0);
    const earned = isCaptured ? payment.amountMinor - sumOf(sent.map(({ amountMinor }) => amountMinor)) : 0n;
    return { payment, isCaptured, kept: sumOf((charges.get(payment.id) ?? []).map(keptOf)), earned };
  });
}

const ended = ["PAID", "FAILED", "EXPIRED", "REFUNDING", "REFUNDED"];

const eachKeyHasOneResult: Rule = ({ checkouts, payments, keys }) => {
  const byBuyer = groupBy(payments, ({ buyerId }) => buyerId);
  const keysByBuyer = groupBy(keys, ({ buyerId }) => buyerId);
  const buyers = new Set(checkouts.map(({ buyerId }) => buyerId));
  const strangers = payments.filter(({ buyerId }) => !buyers.has(buyerId));
  const faults = checkouts.flatMap(({ n, buyerId, answer, paymentId }) => {
    const own = byBuyer.get(buyerId) ?? [];
    const later = new Set(own.map(({ replacedById }) => replacedById));
    const first = own.filter(({ id }) => !later.has(id));
    const key = keysByBuyer.get(buyerId) ?? [];
    if (answer === "refused")
      return own.length === 0 ? [] : [`checkout ${n} was refused and has ${own.length} payments`];
    if (first.length > 1) return [`checkout ${n} has ${first.length} first payments`];
    if (answer === "silent") return [`checkout ${n} was never answered`];
    if (first.length === 0) return [`checkout ${n} was answered ${paymentId} and is lost`];
    if (key.length !== 1 || key[0]?.paymentId !== first[0]?.id) return [`checkout ${n}: its key has not its payment`];
    return own.some(({ id }) => id === paymentId)
      ? []
      : [`checkout ${n} was answered ${paymentId}, which is not its own`];
  });
  return [...faults, ...strangers.map(({ id }) => `payment ${id} is of no checkout`)];
};

const oneFinalState: Rule = ({ payments, orders, refunds }) => {
  const byPayment = groupBy(orders, ({ paymentId }) => paymentId);
  const refundsByOrder = groupBy(refunds, ({ orderId }) => orderId);
  return payments.flatMap(({ id, status, replacedById }) => {
    const own = byPayment.get(id) ?? [];
    if (!ended.includes(status)) return [`payment ${id} is still ${status}`];
    if (replacedById !== null) return own.length === 0 ? [] : [`payment ${id} was replaced and has orders`];
    if (own.length === 0) return [`payment ${id} has no orders`];
    return own.flatMap((order) => {
      const owed = sumOf((refundsByOrder.get(order.id) ?? []).map(({ amountMinor }) => amountMinor));
      const isBought = order.status === "CONFIRMED" && owed === 0n && status === "PAID";
      const isGivenBack =
        order.status === "CANCELLED" && owed === order.totalMinor && ["PAID", "REFUNDED"].includes(status);
      const isUnpaid = order.status === "CANCELLED" && owed === 0n && status !== "PAID";
      return isBought || isGivenBack || isUnpaid ? [] : [`order ${order.id} is ${order.status}, its payment ${status}`];
    });
  });
};

const chargedOnce: Rule = (facts) => {
  const rows = keptAndEarned(facts);
  const byBuyer = groupBy(rows, ({ payment }) => payment.buyerId);
  const known = new Set(facts.payments.map(({ id }) => id));
  return [
    ...[...byBuyer].flatMap(([buyerId, own]) => {
      const captured = own.filter(({ isCaptured }) => isCaptured);
      return captured.length > 1 ? [`${buyerId} has ${captured.length} captured payments`] : [];
    }),
    ...rows.flatMap(({ payment: { id, status, needsPerson }, kept, earned }) => {
      if (kept < earned) return [`payment ${id} (${status}) claims ${earned}, its provider has ${kept}`];
      return kept > earned && !needsPerson
        ? [`payment ${id} (${status}): its provider has ${kept - earned} too much, and nobody looks after it`]
        : [];
    }),
    ...facts.charges
      .filter((charge) => keptOf(charge) !== 0n && !known.has(charge.paymentId))
      .map(({ provider, reference }) => `${provider}: money of charge ${reference}, which is of no payment`),
  ];
};

const balanceOf = ({ balances }: Facts, code: string): bigint => balances.get(code) ?? 0n;

const ledgerIsTheProvidersBook: Rule = (facts) => {
  const rows = groupBy(keptAndEarned(facts), ({ payment }) => payment.provider);
  const names = new Set([...facts.charges.map(({ provider }) => provider), ...rows.keys()]);
  return [...names].flatMap((name) => {
    const kept = sumOf(facts.charges.filter(({ provider }) => provider === name).map(keptOf));
    const clearing = balanceOf(facts, `provider_clearing:${name}`);
    const tooMuch = sumOf((rows.get(name) ?? []).map(({ kept: has, earned }) => has - earned));
    const suspense = -balanceOf(facts, `suspense:${name}`);
    return [
      ...(clearing === kept ? [] : [`${name} has ${kept}, our ledger says ${clearing}`]),
      ...(suspense === tooMuch ? [] : [`${name}: ${tooMuch} belong to no order, ${suspense} stand in suspense`]),
    ];
  });
};

const ledgerIsBalanced: Rule = (facts) => {
  const open = facts.refunds.filter(({ state }) => state !== "DONE").map(({ amountMinor }) => amountMinor);
  const payable = -balanceOf(facts, "refund_payable");
  const total = sumOf([...facts.balances.values()]);
  return [
    ...facts.unbalancedTransactions.map((id) => `transaction ${id} does not sum to zero`),
    ...(total === 0n ? [] : [`all entries sum to ${total}`]),
    ...(payable === sumOf(open) ? [] : [`refund_payable has ${payable}, refunds that are owed are ${sumOf(open)}`]),
    ...facts.orders.flatMap(({ id, status, totalMinor, escrowMinor }) => {
      const expected = status === "CONFIRMED" ? totalMinor : 0n;
      return escrowMinor === expected ? [] : [`order ${id} (${status}) has ${escrowMinor} in escrow, not ${expected}`];
    }),
  ];
};

const stockIsConserved: Rule = ({ stock, reservations, lines, orders }) => {
  const bought = new Set(orders.filter(({ status }) => status === "CONFIRMED").map(({ id }) => id));
  return stock.flatMap(({ variantId, initial, onHand, reserved }) => {
    const piecesOf = (state: string) =>
      reservations
        .filter((one) => one.variantId === variantId && one.state === state)
        .reduce((sum, { quantity }) => sum + quantity, 0);
    const sold = lines
      .filter((line) => line.variantId === variantId && bought.has(line.orderId))
      .reduce((sum, { quantity }) => sum + quantity, 0);
    return [
      ...(onHand + sold === initial ? [] : [`${variantId}: ${initial} at first, ${onHand} left and ${sold} sold`]),
      ...(piecesOf("COMMITTED") === sold ? [] : [`${variantId}: ${sold} sold, ${piecesOf("COMMITTED")} taken`]),
      ...(reserved === piecesOf("HELD") ? [] : [`${variantId}: ${reserved} reserved, ${piecesOf("HELD")} held`]),
      ...(onHand < reserved || reserved < 0
        ? [`${variantId}: oversold, ${onHand} left of which ${reserved} are held`]
        : []),
    ];
  });
};

const buyersWereToldTheTruth: Rule = ({ checkouts, payments, orders }) => {
  const byBuyer = groupBy(payments, ({ buyerId }) => buyerId);
  const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
  return checkouts.flatMap(({ n, buyerId, wasToldPaid, cancelledOrders }) => {
    const isPaid = (byBuyer.get(buyerId) ?? []).some(({ status }) => status === "PAID" || status === "REFUNDED");
    return [
      ...(wasToldPaid && !isPaid ? [`checkout ${n} was told to be paid and is not`] : []),
      ...cancelledOrders
        .filter((id) => statusOf.get(id) !== "CANCELLED")
        .map((id) => `order ${id} was told to be cancelled and is ${statusOf.get(id)}`),
    ];
  });
};

const storefrontIsToldOnce: Rule = ({ orders, refunds }) => {
  const refunded = new Set(refunds.map(({ orderId }) => orderId));
  return orders.flatMap(({ id, status, paidEvents }) => {
    const expected = status === "CONFIRMED" || refunded.has(id) ? 1 : 0;
    return paidEvents === expected ? [] : [`order ${id} (${status}) was told as paid ${paidEvents} times`];
  });
};

const storefrontShowsWhatIs: Rule = ({ standings, stock, lines, orders }) => {
  const bought = new Set(orders.filter(({ status }) => status === "CONFIRMED").map(({ id }) => id));
  const shown = new Map(standings.map((standing) => [standing.productId, standing]));
  return [...groupBy(stock, ({ productId }) => productId)].flatMap(([productId, variants]) => {
    const ids = new Set(variants.map(({ variantId }) => variantId));
    const sold = lines
      .filter((line) => ids.has(line.variantId) && bought.has(line.orderId))
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const isLeft = variants.some(({ onHand, reserved }) => onHand > reserved);
    const { soldCount, isAvailable } = shown.get(productId) ?? { soldCount: 0, isAvailable: null };
    return [
      ...(soldCount === sold ? [] : [`${productId}: ${sold} are sold, the storefront shows ${soldCount}`]),
      ...((isAvailable ?? true) === isLeft ? [] : [`${productId}: the storefront shows isAvailable ${isAvailable}`]),
    ];
  });
};

/** The rules by what they hold. */
export const rules: Readonly<Record<string, Rule>> = {
  "each key has one result, none is lost": eachKeyHasOneResult,
  "each checkout is in one final state": oneFinalState,
  "the providers have taken each price at most once": chargedOnce,
  "the ledger says what the providers' books say": ledgerIsTheProvidersBook,
  "the ledger is balanced": ledgerIsBalanced,
  "stock is conserved, nothing is oversold": stockIsConserved,
  "buyers were told the truth": buyersWereToldTheTruth,
  "the storefront is told once of each paid order": storefrontIsToldOnce,
  "the storefront shows what is sold and what is left": storefrontShowsWhatIs,
  "everything unknown has converged": ({ unfinished }) => [...unfinished],
};

/** Everything that is not as it must be. */
export function check(facts: Facts): Violation[] {
  return Object.entries(rules).flatMap(([rule, faultsOf]) => faultsOf(facts).map((detail) => ({ rule, detail })));
}
