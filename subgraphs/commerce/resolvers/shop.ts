import { isUuid } from "../../../platform/values/ids.ts";
import { readPageRequest, toConnection } from "../../../platform/values/page.ts";
import type { ShopResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";

/** Fields of `Shop`. */
export const shopResolvers: ShopResolvers = {
  __resolveReference: ({ id }, { loaders }) => (isUuid(id) ? loaders.shopById.load(id) : null),
  district: ({ districtCode }, _args, { loaders }) => loadExisting(loaders.districtByCode, districtCode, "district"),
  products: async ({ id }, args, { loaders }) =>
    toConnection(await loaders.productPageByShop.load({ parentId: id, page: readPageRequest(args, isUuid) })),
};
