import { isUuid } from "../../../platform/values/ids.ts";
import { fromDecimal } from "../../../platform/values/money.ts";
import { finishRefundByHand } from "../domain/actions/finish-refund-by-hand.ts";
import {
  assignException,
  closeException,
  type HandDependencies,
  postCorrection,
} from "../domain/actions/post-by-hand.ts";
import { settlePayoutByHand } from "../domain/actions/settle-payout-by-hand.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import type { KeptException } from "../domain/money-exception.ts";
import { OperatorRefusal, readPeople } from "../domain/operator-act.ts";
import type { Transaction } from "../domain/ports.ts";
import type { CommerceParts } from "../parts.ts";
import { createExceptionBook } from "../store/exception-book.ts";
import { createOperatorBook } from "../store/operator-book.ts";
import { createRefundBook } from "../store/refund-book.ts";
import { needed, type OperatorCommand, readTyped, type Typed } from "./operator-arguments.ts";

const mostListed = 1_000;
const amountPattern = /^\d{1,14}(\.\d{1,2})?$/;
const keyPattern = /^[\w.:-]{1,64}$/;

/** What `operate` does about money. */
export const moneyUsage = `  refund-done <refund id> --reference REF [--sent-by bank|provider] --actor NAME --second-person NAME
                                  a refund that no call sends back was sent by transfer: post it, and close its exception;
                                  --sent-by where the provider may have sent it: what it said when it was asked
  payout-done <payout id> --outcome sent|not-sent --reference REF --actor NAME --second-person NAME
                                  what the bank told you of a payout that its status does not tell of: ends it, and closes its exception
  post --debit ACCOUNT --credit ACCOUNT --amount 125000.00 --reason TEXT --key KEY --actor NAME --second-person NAME
                                  post a correction; the same key posts once
  exceptions list                 differences that are open, the oldest first
  exceptions assign <id> --to NAME --actor NAME
  exceptions close <id> --resolution TEXT --actor NAME [--second-person NAME] [--write-off yes]
                                  end a difference; two people where money stands open for it, and with --write-off, by which
                                  what stands open in our books for it is given up
`;

function inTransaction(
  { store, clock, newId }: CommerceParts,
  work: (deps: HandDependencies, tx: Transaction) => Promise<readonly object[]>,
): Promise<readonly object[]> {
  const deps = {
    acts: createOperatorBook(newId),
    refunds: createRefundBook(),
    exceptions: createExceptionBook(),
    clock,
  };
  return store.transactions.runInTransaction((tx) => work(deps, tx));
}

function idOf(word: string | undefined, what: string): string {
  const id = needed(word, `which ${what}: its id`);
  if (!isUuid(id)) throw new OperatorRefusal(`${id} is no id of ${what}`);
  return id;
}

const refundDone: OperatorCommand = (parts, args) => {
  const { words, options } = readTyped(args, ["reference", "sent-by", "actor", "second-person"]);
  const refundId = idOf(words[0], "a refund");
  const reference = needed(options.reference, "by which transfer it was sent: --reference REF");
  const people = readPeople(options.actor, options["second-person"] ?? "");
  const sentBy = options["sent-by"] ?? null;
  if (sentBy !== null && sentBy !== "bank" && sentBy !== "provider")
    throw new OperatorRefusal("--sent-by takes bank or provider");
  return inTransaction(parts, async (deps, tx) => [
    await finishRefundByHand(deps, tx, refundId, { reference, sentBy }, people),
  ]);
};

const payoutDone: OperatorCommand = (parts, args) => {
  const { words, options } = readTyped(args, ["outcome", "reference", "actor", "second-person"]);
  const payoutId = idOf(words[0], "a payout");
  const outcome = needed(options.outcome, "what the bank told you: --outcome sent|not-sent");
  if (outcome !== "sent" && outcome !== "not-sent") throw new OperatorRefusal("--outcome takes sent or not-sent");
  const reference = needed(options.reference, "where that stands: --reference REF");
  const people = readPeople(options.actor, options["second-person"] ?? "");
  const verdict = { wasSent: outcome === "sent", reference };
  return inTransaction(parts, async (deps, tx) => [await settlePayoutByHand(deps, tx, payoutId, verdict, people)]);
};

const post: OperatorCommand = (parts, args) => {
  const { options } = readTyped(args, ["debit", "credit", "amount", "reason", "key", "actor", "second-person"]);
  const [amount, key] = [
    needed(options.amount, "how much: --amount 125000.00"),
    needed(options.key, "its key: --key KEY"),
  ];
  if (!amountPattern.test(amount)) throw new OperatorRefusal(`${amount} is no amount, as 125000.00`);
  if (!keyPattern.test(key)) throw new OperatorRefusal("a key has 1 to 64 letters, digits, _ . : and -");
  const asked = {
    key,
    debited: needed(options.debit, "which account is debited: --debit ACCOUNT"),
    credited: needed(options.credit, "which account is credited: --credit ACCOUNT"),
    amount: { amountMinor: fromDecimal(amount), currency: tradingCurrency },
    reason: needed(options.reason, "why: --reason TEXT"),
  };
  const people = readPeople(options.actor, options["second-person"] ?? "");
  return inTransaction(parts, async (deps, tx) => [await postCorrection(deps, tx, asked, people)]);
};

function lineOf(exception: KeptException, now: Date): object {
  const { closedAt: _, openedAt, ...rest } = exception;
  return { ...rest, ageSeconds: Math.round((now.getTime() - openedAt.getTime()) / 1_000) };
}

const exceptionCommands: Readonly<Record<string, (parts: CommerceParts, typed: Typed) => Promise<readonly object[]>>> =
  {
    list: (parts) =>
      inTransaction(parts, async ({ exceptions, clock }, tx) =>
        (await exceptions.openOnes(tx, mostListed)).map((one) => lineOf(one, clock())),
      ),
    assign: (parts, { words, options }) => {
      const [id, to] = [idOf(words[1], "an exception"), needed(options.to, "who has it from now on: --to NAME")];
      const people = readPeople(options.actor, null);
      return inTransaction(parts, async (deps, tx) => [await assignException(deps, tx, id, to, people)]);
    },
    close: (parts, { words, options }) => {
      const id = idOf(words[1], "an exception");
      const resolution = needed(options.resolution, "how it ended: --resolution TEXT");
      const isWrittenOff = options["write-off"] === "yes";
      if (options["write-off"] !== undefined && !isWrittenOff) throw new OperatorRefusal("--write-off takes yes alone");
      const people = readPeople(options.actor, options["second-person"] ?? (isWrittenOff ? "" : null));
      return inTransaction(parts, async (deps, tx) => [
        await closeException(deps, tx, id, { resolution, isWrittenOff }, people),
      ]);
    },
  };

/** `operate refund-done`, `operate payout-done`, `operate post`, `operate exceptions ...`. */
export const moneyCommands: Readonly<Record<string, OperatorCommand>> = {
  "refund-done": async (parts, args) => refundDone(parts, args),
  "payout-done": async (parts, args) => payoutDone(parts, args),
  post: async (parts, args) => post(parts, args),
  exceptions: async (parts, args) => {
    const typed = readTyped(args, ["to", "actor", "second-person", "resolution", "write-off"]);
    const command = exceptionCommands[typed.words[0] ?? ""];
    if (command === undefined) throw new OperatorRefusal(`that is no command\n${moneyUsage}`);
    return command(parts, typed);
  },
};
