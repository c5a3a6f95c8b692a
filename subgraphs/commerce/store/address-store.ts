import type { AddressStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";

/** Address books of one transaction. */
export function createAddressStore(client: TransactionClient): AddressStore {
  return {
    find: (buyerId, addressId) => client.address.findFirst({ where: { id: addressId, buyerId } }),
    insert: async (address) => {
      await client.address.create({ data: address });
    },
    count: (buyerId) => client.address.count({ where: { buyerId } }),
    hasDistrict: async (code) => (await client.district.count({ where: { code } })) === 1,
  };
}
