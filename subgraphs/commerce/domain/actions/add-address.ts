import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { readLine } from "../../../../platform/values/texts.ts";
import type { Address } from "../address.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type DistrictNotFound,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
} from "../refusals.ts";
import type { Buying } from "./buying.ts";

/** An address to be added. */
export interface AddAddressInput {
  readonly recipientName: string;
  readonly phone: string;
  readonly street: string;
  readonly districtCode: string;
  readonly postalCode: string;
  readonly idempotencyKey: string;
}

/** Why it was not added. */
export type AddAddressRefusal = DistrictNotFound | InvalidInput | IdempotencyConflict;

const mostAddresses = 50;

function checkInput(input: AddAddressInput): InvalidInput | null {
  const recipientName = readLine(input.recipientName, { least: 1, most: 60 });
  if (!recipientName.ok) return invalidInput("input.recipientName", recipientName.refusal);
  if (!/^\+62\d{8,12}$/.test(input.phone)) return invalidInput("input.phone", "+62 and 8 to 12 digits");
  const street = readLine(input.street, { least: 5, most: 200 });
  if (!street.ok) return invalidInput("input.street", street.refusal);
  if (!/^\d{5}$/.test(input.postalCode)) return invalidInput("input.postalCode", "five digits");
  return checkIdempotencyKey(input.idempotencyKey);
}

async function insertAddress(tx: Transaction, address: Address): Promise<Result<Address, AddAddressRefusal>> {
  if (!/^\d{6}$/.test(address.districtCode) || !(await tx.addresses.hasDistrict(address.districtCode))) {
    return refused({ kind: "DistrictNotFound" });
  }
  if ((await tx.addresses.count(address.buyerId)) >= mostAddresses) {
    return refused(invalidInput("input", `the address book holds ${mostAddresses} addresses; it is full`));
  }
  await tx.addresses.insert(address);
  return success(address);
}

async function replay(tx: Transaction, buyerId: string, addressId: string): Promise<Address> {
  const address = await tx.addresses.find(buyerId, addressId);
  if (address === null) throw new Error("the address that the idempotency key made is gone");
  return address;
}

/** Adds an address to the buyer's book; the same key adds it once. */
export async function addAddress(
  buying: Buying,
  buyerId: string,
  input: AddAddressInput,
): Promise<Result<Address, AddAddressRefusal>> {
  const invalid = checkInput(input);
  if (invalid !== null) return refused(invalid);
  const { idempotencyKey, ...content } = input;
  const addressId = buying.newId();
  const address = {
    ...content,
    id: addressId,
    buyerId,
    recipientName: content.recipientName.trim(),
    street: content.street.trim(),
  };
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "addAddress",
    key: idempotencyKey,
    requestHash: buying.hashRequest(content),
    result: { addressId },
    at: buying.clock(),
  };
  return buying.transactions.runInTransaction(async (tx) => {
    const earlier = await tx.idempotency.claim(claim);
    if (earlier !== null) {
      if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
      return success(await replay(tx, buyerId, earlier.result.addressId ?? ""));
    }
    const result = await insertAddress(tx, address);
    if (!result.ok) await tx.idempotency.forget(claim);
    return result;
  });
}
