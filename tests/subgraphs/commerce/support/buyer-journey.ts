import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { newKey, type TestCommerce, testMethod } from "./test-commerce.ts";

/** The fields that tests of the cart look at. */
export const cartFields = `version subtotal { amount currency }
  lines { id quantity unitPrice { amount } total { amount } variant { id }
    attributedTo { clickedAt creator { id } video { id } liveSession { id } } }`;

/** `addToCart` with everything that tests look at. */
export const addToCartDocument = `mutation ($input: AddToCartInput!) { addToCart(input: $input) { __typename
  ... on UserError { code field message }
  ... on AddToCartSuccess { cart { ${cartFields} } line { id quantity } }
  ... on OutOfStock { shortages { requestedQuantity availableQuantity variant { id } } } } }`;

/** `checkout` with everything that tests look at. */
export const checkoutDocument = `mutation ($input: CheckoutInput!) { checkout(input: $input) { __typename
  ... on UserError { code field message }
  ... on CheckoutSuccess { isReplay
    orders { id status total { amount currency } shop { id } shippingAddress { recipientName district { code } }
      lines { id title quantity unitPrice { amount } total { amount } variant { id }
        attributedTo { clickedAt creator { id } video { id } liveSession { id } } } }
    payment { id status amount { amount currency } expiresAt paidAt method { id kind providerName }
      instructions { __typename ... on VirtualAccountInstructions { bankName virtualAccountNo } } orders { id } } }
  ... on OutOfStock { shortages { requestedQuantity availableQuantity variant { id } } }
  ... on CartChanged { cart { version } } ... on PriceChanged { cart { ${cartFields} } }
  ... on PaymentMethodUnavailable { paymentMethods { id } } } }`;

/** `addAddress` with everything that tests look at. */
export const addAddressDocument = `mutation ($input: AddAddressInput!) { addAddress(input: $input) { __typename
  ... on UserError { code field message }
  ... on AddAddressSuccess { address { id recipientName phone street postalCode district { code name } } } } }`;

/** A variant of the seed: product n's, by position. */
export function seededVariant(product: number, position = 0): string {
  return deterministicId("variant", product * 100 + position);
}

/** An address that is accepted. */
export const goodAddress = {
  recipientName: "Sari Wulandari",
  phone: "+6281234567890",
  street: "Jl. Kaliurang km 5 No. 12",
  districtCode: "340407",
  postalCode: "55281",
};

/** Adds an address; answers its id. */
export async function addAddress(commerce: TestCommerce, buyer: string): Promise<string> {
  const client = await commerce.client(buyer);
  const input = { ...goodAddress, idempotencyKey: newKey() };
  const { addAddress: payload } = await client.data<{ addAddress: { address: { id: string } } }>(addAddressDocument, {
    input,
  });
  return payload.address.id;
}

/** Puts a variant into the cart; answers the cart's version. */
export async function putIntoCart(
  commerce: TestCommerce,
  buyer: string,
  variantId: string,
  quantity = 1,
  attributionToken?: string,
): Promise<number> {
  const client = await commerce.client(buyer);
  const input = { variantId, quantity, attributionToken, idempotencyKey: newKey() };
  const { addToCart } = await client.data<{ addToCart: { __typename: string; cart: { version: number } } }>(
    addToCartDocument,
    { input },
  );
  if (addToCart.__typename !== "AddToCartSuccess") throw new Error(`not added: ${JSON.stringify(addToCart)}`);
  return addToCart.cart.version;
}

/** What `checkoutDocument` answers, as far as tests read it with types. */
export interface CheckoutPayload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string | null;
  readonly isReplay?: boolean;
  readonly orders: {
    readonly id: string;
    readonly status: string;
    readonly total: { readonly amount: string };
    readonly shop: { readonly id: string };
    readonly lines: { readonly title: string; readonly quantity: number; readonly attributedTo: unknown }[];
  }[];
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly amount: { readonly amount: string };
    readonly expiresAt: string;
    readonly instructions: { readonly virtualAccountNo: string } | null;
  };
  readonly shortages: {
    readonly requestedQuantity: number;
    readonly availableQuantity: number;
    readonly variant: { readonly id: string };
  }[];
  readonly cart: { readonly version: number; readonly lines: { readonly unitPrice: { readonly amount: string } }[] };
  readonly paymentMethods: { readonly id: string }[];
}

/** What a checkout may be given instead of what fits. */
export interface CheckoutChanges {
  readonly expectedCartVersion?: number;
  readonly addressId?: string;
  readonly paymentMethodId?: string;
  readonly shippingQuoteIds?: readonly string[];
  readonly idempotencyKey?: string;
  readonly expectedTotal?: string | undefined;
}

/** Checks out; whatever is not given is taken from the buyer's cart and address book. */
export async function checkOut(
  commerce: TestCommerce,
  buyer: string,
  changes: CheckoutChanges = {},
): Promise<CheckoutPayload> {
  const client = await commerce.client(buyer);
  const { cart, addresses } = await client.data<{ cart: { version: number }; addresses: { id: string }[] }>(
    "{ cart { version } addresses { id } }",
  );
  const input = {
    expectedCartVersion: cart.version,
    addressId: changes.addressId ?? addresses[0]?.id ?? (await addAddress(commerce, buyer)),
    paymentMethodId: testMethod.id,
    idempotencyKey: newKey(),
    ...changes,
  };
  return (await client.data<{ checkout: CheckoutPayload }>(checkoutDocument, { input })).checkout;
}

/** Puts one product's variant into the cart and buys it. */
export async function buy(
  commerce: TestCommerce,
  buyer: string,
  variantId: string,
  quantity = 1,
): Promise<CheckoutPayload> {
  await putIntoCart(commerce, buyer, variantId, quantity);
  const payload = await checkOut(commerce, buyer);
  if (payload.__typename !== "CheckoutSuccess") throw new Error(`not bought: ${JSON.stringify(payload)}`);
  return payload;
}

/** Sets what a shop has of a variant, as the superuser would. */
export async function setStock(commerce: TestCommerce, variantId: string, onHand: number, reserved = 0): Promise<void> {
  await commerce.parts.database.pool.query("UPDATE stock SET on_hand = $2, reserved = $3 WHERE variant_id = $1", [
    variantId,
    onHand,
    reserved,
  ]);
}

/** What a shop has of a variant. */
export async function stockOf(
  commerce: TestCommerce,
  variantId: string,
): Promise<{ readonly on_hand: number; readonly reserved: number }> {
  const { rows } = await commerce.parts.database.pool.query(
    "SELECT on_hand, reserved FROM stock WHERE variant_id = $1",
    [variantId],
  );
  return rows[0];
}
