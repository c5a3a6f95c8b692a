import { expect } from "@jest/globals";
import type fc from "fast-check";
import type { TestCommerce } from "../support/test-commerce.ts";
import { findFaults } from "./books.ts";
import type { Market } from "./market.ts";

/** Where an order stands, for its books by hand. */
export type Stage = "placed" | "paid" | "sent" | "arrived" | "done" | "cancelled";

/** Goods that go back, as somebody who keeps books by hand knows them. */
export interface KnownReturn {
  readonly id: string;
  readonly isCouriers: boolean;
  readonly lineId: string;
  readonly quantity: number;
  /** `lapsed` and `rejected` goods are the buyer's again. */
  stage: "asked" | "coming" | "received" | "rejected" | "lapsed";
}

/** What somebody who keeps books by hand knows of an order. */
export interface KnownOrder {
  readonly id: string;
  readonly paymentId: string;
  readonly buyer: string;
  readonly shopId: string;
  readonly totalMinor: bigint;
  stage: Stage;
  isDisputed: boolean;
  wasDisputed: boolean;
  backMinor: bigint;
  /** Whether it arrived, by whoever said so. */
  hasArrived: boolean;
  /** Oldest first. */
  readonly returns: KnownReturn[];
}

/** The books by hand. */
export interface Model {
  readonly orders: KnownOrder[];
  batch: number;
}

/** What the steps act on. */
export interface Real {
  readonly commerce: TestCommerce;
  readonly market: Market;
  /** Counts what happened, for the line that the test prints. */
  readonly count: (what: string) => void;
  readonly buyers: string[];
}

const stages: Readonly<Record<string, Stage>> = {
  PLACED: "placed",
  CONFIRMED: "paid",
  SHIPPED: "sent",
  DELIVERED: "arrived",
  COMPLETED: "done",
  CANCELLED: "cancelled",
};
/** The pool of the commerce that is acted on. */
export const poolOf = ({ commerce }: Real) => commerce.parts.database.pool;

/** The tables say of each order what the books by hand say. */
async function expectAgreement({ orders }: Model, real: Real): Promise<void> {
  const pool = poolOf(real);
  const { rows } = await pool.query('SELECT id, status, dispute FROM "order" WHERE id = ANY($1::uuid[])', [
    orders.map(({ id }) => id),
  ]);
  const seen = rows.map(({ id, status, dispute }) => [id, stages[status], dispute === "OPEN"]);
  const known = orders.map(({ id, stage, isDisputed }) => [id, stage, isDisputed]);
  expect(seen.sort()).toEqual(known.sort());
  const back = await pool.query(
    "SELECT order_id AS id, sum(amount_minor)::text AS back FROM refund WHERE order_id = ANY($1::uuid[]) GROUP BY 1",
    [orders.map(({ id }) => id)],
  );
  const given = orders.filter(({ backMinor }) => backMinor > 0n);
  expect(new Map(back.rows.map((row) => [row.id, row.back]))).toEqual(
    new Map(given.map(({ id, backMinor }) => [id, String(backMinor)])),
  );
}

/** A step of a history: afterwards all books are held against each other, and against those by hand. */
export abstract class Step implements fc.AsyncCommand<Model, Real> {
  abstract toString(): string;
  check(_model: Readonly<Model>): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    expect(await findFaults(poolOf(real), real.market.initial, real.market.bank)).toEqual([]);
    await expectAgreement(model, real);
  }
  protected abstract act(model: Model, real: Real): Promise<void>;
}

/** Whether goods of an order are on their way back, or may be. */
export function isReturning({ returns }: KnownOrder): boolean {
  return returns.some(({ stage }) => stage === "asked" || stage === "coming");
}

/** A step about one of the orders so far. */
export abstract class OrderStep extends Step {
  readonly place: number;
  constructor(place: number) {
    super();
    this.place = place;
  }
  override check({ orders }: Readonly<Model>): boolean {
    return orders.length > 0;
  }
  protected async act(model: Model, real: Real): Promise<void> {
    const orders = this.among(model.orders);
    const order = orders[this.place % orders.length];
    if (order !== undefined) await this.with(order, model, real);
  }
  /** The orders that this step may be about. */
  protected among(orders: readonly KnownOrder[]): readonly KnownOrder[] {
    return orders;
  }
  protected abstract with(order: KnownOrder, model: Model, real: Real): Promise<void>;
}
