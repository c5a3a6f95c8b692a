import { currencyCodeScalar, dateTimeScalar, decimalScalar, urlScalar } from "../../../platform/runtime/scalars.ts";
import type { Resolvers } from "../generated/resolver-types.ts";
import { attributionResolvers } from "./attribution.ts";
import { cartLineResolvers, cartResolvers, stockShortageResolvers } from "./cart.ts";
import { creditNoteResolvers } from "./document.ts";
import { flashSaleResolvers } from "./flash-sale.ts";
import { moneyResolvers } from "./money.ts";
import { mutationResolvers } from "./mutation.ts";
import { addressResolvers, orderLineResolvers, orderResolvers, shippingAddressResolvers } from "./order.ts";
import { paymentInstructionsResolvers, paymentResolvers } from "./payment.ts";
import { productResolvers } from "./product.ts";
import { priceFacetResolvers, shopFacetResolvers } from "./product-search.ts";
import { productVariantResolvers } from "./product-variant.ts";
import { queryResolvers } from "./query.ts";
import { orderReturnResolvers } from "./returns.ts";
import { ratingResolvers, reviewResolvers } from "./review.ts";
import { sellerVariantResolvers } from "./seller.ts";
import { labelAddressResolvers, sellerOrderLineResolvers, sellerOrderResolvers } from "./seller-order.ts";
import {
  shipmentResolvers,
  shipmentStepResolvers,
  shippingQuoteResolvers,
  shopShippingQuotesResolvers,
} from "./shipping.ts";
import { shopResolvers } from "./shop.ts";
import { affiliateMovementResolvers, affiliateStatementResolvers, sellerStatementResolvers } from "./statement.ts";
import { subscriptionResolvers } from "./subscription.ts";
import { voucherResolvers } from "./voucher.ts";

/** Every resolver of commerce. */
export const resolvers: Resolvers = {
  Query: queryResolvers,
  Mutation: mutationResolvers,
  Subscription: subscriptionResolvers,
  Money: moneyResolvers,
  Shop: shopResolvers,
  Product: productResolvers,
  ProductVariant: productVariantResolvers,
  ShopFacet: shopFacetResolvers,
  PriceFacet: priceFacetResolvers,
  FlashSale: flashSaleResolvers,
  Cart: cartResolvers,
  CartLine: cartLineResolvers,
  StockShortage: stockShortageResolvers,
  Voucher: voucherResolvers,
  Address: addressResolvers,
  Order: orderResolvers,
  OrderLine: orderLineResolvers,
  OrderReturn: orderReturnResolvers,
  ShippingAddress: shippingAddressResolvers,
  Shipment: shipmentResolvers,
  ShipmentStep: shipmentStepResolvers,
  ShippingQuote: shippingQuoteResolvers,
  ShopShippingQuotes: shopShippingQuotesResolvers,
  Attribution: attributionResolvers,
  Payment: paymentResolvers,
  PaymentInstructions: paymentInstructionsResolvers,
  SellerStatement: sellerStatementResolvers,
  AffiliateStatement: affiliateStatementResolvers,
  AffiliateMovement: affiliateMovementResolvers,
  SellerVariant: sellerVariantResolvers,
  SellerOrder: sellerOrderResolvers,
  SellerOrderLine: sellerOrderLineResolvers,
  LabelAddress: labelAddressResolvers,
  CreditNote: creditNoteResolvers,
  Review: reviewResolvers,
  Rating: ratingResolvers,
  DateTime: dateTimeScalar,
  Url: urlScalar,
  Decimal: decimalScalar,
  CurrencyCode: currencyCodeScalar,
};
