import fc from "fast-check";
import type { BankMood, Market } from "./market.ts";
import { AskToReturn, MoveReturn, type ReturnMove } from "./returns.ts";
import { Act, AutoComplete, type Basket, Buy, Carry, Pay, PayOut, Refund, SendRefunds, Weather } from "./steps.ts";

const place = fc.nat(5);
/** Draws what a buyer wants. */
export const basket: fc.Arbitrary<Basket> = fc.record({
  buyer: fc.nat(2),
  goods: fc.array(fc.record({ variant: fc.nat(3), quantity: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 2,
  }),
  voucher: fc.nat(4),
  isAttributed: fc.boolean(),
});
const buy = fc.array(basket, { minLength: 1, maxLength: 2 }).map((baskets) => new Buy(baskets));
const pay = place.map((at) => new Pay(at));
const kinds = [
  "ship",
  "ship",
  "ship",
  "ship",
  "deliver",
  "confirm-receipt",
  "confirm-receipt",
  "cancel",
  "open-dispute",
] as const;
const act = fc.tuple(place, fc.constantFrom(...kinds)).map(([at, kind]) => new Act(at, kind));
const returnMoves: readonly ReturnMove[] = [
  "approveReturn",
  "approveReturn",
  "rejectReturn",
  "confirmReturnReceived",
  "confirmReturnReceived",
  "RETURN_ANSWER",
  "RETURN_ARRIVAL",
];
const ends = ["DELIVERED", "DELIVERED", "DELIVERED", "IN_TRANSIT", "LOST", "RETURNED"] as const;
const mood = fc.record({
  bank: fc.constantFrom<BankMood>("sent", "lost", "nothing", "refused"),
  provider: fc.constantFrom("done", "unknown"),
  courier: fc.constantFrom("books", "books", "refuses"),
});
/** Draws what happens in a history. */
export const steps = fc.commands(
  [
    buy,
    pay,
    pay,
    act,
    act,
    act,
    fc.tuple(place, fc.constantFrom(...ends)).map(([at, end]) => new Carry(at, end)),
    fc
      .tuple(place, fc.integer({ min: 1, max: 3 }), fc.nat(1))
      .map(([at, quantity, line]) => new AskToReturn(at, quantity, line)),
    fc.tuple(place, fc.constantFrom(...returnMoves)).map(([at, move]) => new MoveReturn(at, move)),
    fc.tuple(place, fc.constantFrom(...returnMoves)).map(([at, move]) => new MoveReturn(at, move)),
    place.map((at) => new AutoComplete(at)),
    fc
      .tuple(place, fc.nat(1_050), fc.boolean())
      .map(([at, permille, isResolution]) => new Refund(at, permille, isResolution)),
    mood.map((next) => new Weather(next as Market["mood"])),
    fc.constant(new SendRefunds()),
    fc.boolean().map((isAskedAfter) => new PayOut(isAskedAfter)),
  ],
  { maxCommands: 45, size: "max" },
);
