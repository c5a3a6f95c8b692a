import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Agent } from "undici";
import { newId } from "../../platform/runtime/ids.ts";
import {
  transferCodes,
  transferStates,
  transferStatusCodes,
} from "../../subgraphs/commerce/connectors/bank-cendana/transfer-codes.ts";
import { createBankCendanaTransfers } from "../../subgraphs/commerce/connectors/bank-cendana/transfers.ts";
import { openProvidersFile } from "../../subgraphs/commerce/connectors/providers-file.ts";
import { createSnapClient } from "../../subgraphs/commerce/connectors/snap/client.ts";
import type { Payout, PayoutProvider } from "../../subgraphs/commerce/domain/payout.ts";
import {
  type ProviderControl,
  type ProviderProcesses,
  startProviders,
} from "../subgraphs/commerce/payments/provider-processes.ts";
import { snapCodes, statusMeanings, transferMeanings, transferStateMeanings } from "./code-meanings.ts";

describe("the transfers of bank-cendana", () => {
  const agent = new Agent();
  let providers: ProviderProcesses;
  let control: ProviderControl;
  let bank: PayoutProvider;

  const newPayout = (bankCode: string): Payout => ({
    id: newId(),
    holder: `seller:${newId()}`,
    batch: "2026-11-26",
    status: "REQUESTED",
    amount: { amountMinor: 2_500_000n, currency: "IDR" },
    account: { bankCode, accountNo: "1234567890", accountName: "Toko Uji" },
    createdAt: new Date(),
  });

  beforeAll(async () => {
    providers = await startProviders(["bank-cendana"]);
    control = providers.of("bank-cendana");
    const logger = pino({ level: "silent" });
    let digits = 0;
    const randomDigits = (count: number): string => {
      digits += 1;
      return String(digits).padStart(count, "0");
    };
    const { keys, transfer } = openProvidersFile(providers.providersFile, logger).snap("bank-cendana");
    if (transfer === undefined) throw new Error("the providers' file has no transfers");
    const settings = { dispatcher: agent, clock: () => new Date(), randomDigits, deadlineMs: 700, logger };
    bank = createBankCendanaTransfers(createSnapClient({ keys, ...settings }), transfer);
  }, 60_000);
  afterAll(async () => {
    await agent.destroy();
    await providers?.stop();
  });
  beforeEach(() => control.reset());

  const within = { operation: "transfer-intrabank", service: "17", bankCode: "950" };
  const toAnother = { operation: "transfer-interbank", service: "18", bankCode: "014" };

  describe.each([within, toAnother])("$operation", ({ operation, service, bankCode }) => {
    const answered = async (code: string): Promise<string> => {
      const responseCode = `${code.slice(0, 3)}${service}${code.slice(3)}`;
      await control.reset();
      // Twice, because a token that is refused is fetched anew once.
      await control.behave({ operation, behaviour: "refuse", responseCode, times: 2 });
      return (await bank.pay(newPayout(bankCode))).kind;
    };

    test.each(Object.entries(transferMeanings))("%s means %s", async (code, meaning) => {
      expect(await answered(code)).toBe(meaning);
    });

    test("a code that has no meaning here is unknown, never failed", async () => {
      for (const code of snapCodes.filter((candidate) => transferMeanings[candidate] === undefined)) {
        expect([code, await answered(code)]).toEqual([code, "unknown"]);
      }
    });
  });

  test("the status of a transfer is known, not found, or nothing is known of it", async () => {
    for (const code of snapCodes.filter((candidate) => candidate !== "20000")) {
      const responseCode = `${code.slice(0, 3)}36${code.slice(3)}`;
      await control.reset();
      await control.behave({ operation: "transfer-status", behaviour: "refuse", responseCode, times: 2 });
      const { kind } = await bank.queryStatus(newPayout("950"));
      expect([code, kind]).toEqual([code, code === "40401" ? "not-found" : "unknown"]);
    }
    await control.reset();
    const payout = newPayout("950");
    expect((await bank.pay(payout)).kind).toBe("done");
    expect((await bank.queryStatus(payout)).kind).toBe("done");
  });

  test("no other code and no other status has a meaning", () => {
    expect(transferCodes).toEqual(transferMeanings);
    expect(transferStatusCodes).toEqual(statusMeanings);
    expect(transferStates).toEqual(transferStateMeanings);
  });
});
