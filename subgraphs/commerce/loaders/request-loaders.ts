import type { DocumentReads } from "../domain/document.ts";
import type { ReturnReads } from "../domain/order-return.ts";
import type { BuyerReads, CatalogueReads } from "../domain/reads.ts";
import type { ReviewReads } from "../domain/review.ts";
import { createDistrictByCode } from "./district-by-code.ts";
import { createDocumentsByOrder } from "./documents-by-order.ts";
import { createEventsByOrder } from "./events-by-order.ts";
import { createFlashSaleById } from "./flash-sale-by-id.ts";
import { createLinesByOrder } from "./lines-by-order.ts";
import { createOrderById } from "./order-by-id.ts";
import { createOrdersByPayment } from "./orders-by-payment.ts";
import { createPaymentById } from "./payment-by-id.ts";
import { createProductById } from "./product-by-id.ts";
import { createProductPageByShop } from "./product-page-by-shop.ts";
import { createRatingByProduct } from "./rating-by-product.ts";
import { createReturnsByOrder } from "./returns-by-order.ts";
import { createReviewByLine } from "./review-by-line.ts";
import { createReviewPageByProduct } from "./review-page-by-product.ts";
import { createShipmentByOrder } from "./shipment-by-order.ts";
import { createShopById } from "./shop-by-id.ts";
import { createStockByVariant } from "./stock-by-variant.ts";
import { createVariantById } from "./variant-by-id.ts";
import { createVariantsByProduct } from "./variants-by-product.ts";

/** What loaders read. */
export interface LoadedReads {
  readonly catalogue: CatalogueReads;
  readonly buyer: BuyerReads;
  readonly reviews: ReviewReads;
  readonly documents: DocumentReads;
  readonly returns: ReturnReads;
}

/** The loaders of one request. */
export type RequestLoaders = ReturnType<typeof createRequestLoaders>;

// No subject is the empty string, so nobody who is not signed in owns anything.
const nobody = "";

/** Makes the loaders of one request; those of the buyer's own things answer nothing when nobody is signed in. */
export function createRequestLoaders(reads: LoadedReads, subject: string | null) {
  const { catalogue, buyer, reviews, documents, returns } = reads;
  const buyerId = subject ?? nobody;
  return {
    productById: createProductById(catalogue),
    productPageByShop: createProductPageByShop(catalogue),
    shopById: createShopById(catalogue),
    districtByCode: createDistrictByCode(catalogue),
    variantById: createVariantById(catalogue),
    variantsByProduct: createVariantsByProduct(catalogue),
    flashSaleById: createFlashSaleById(catalogue),
    stockByVariant: createStockByVariant(catalogue),
    ratingByProduct: createRatingByProduct(reviews),
    reviewPageByProduct: createReviewPageByProduct(reviews),
    documentsByOrder: createDocumentsByOrder(documents, buyerId),
    reviewByLine: createReviewByLine(reviews, buyerId),
    orderById: createOrderById(buyer, buyerId),
    ordersByPayment: createOrdersByPayment(buyer, buyerId),
    paymentById: createPaymentById(buyer, buyerId),
    eventsByOrder: createEventsByOrder(buyer, buyerId),
    shipmentByOrder: createShipmentByOrder(buyer, buyerId),
    linesByOrder: createLinesByOrder(buyer, buyerId),
    returnsByOrder: createReturnsByOrder(returns),
  };
}
