import { type PaidOrder, type PaidOrderOptions, paidOrder } from "./paid-order.ts";
import { newKey, type TestCommerce } from "./test-commerce.ts";

/** Lets the shop send an order, and an operator say that it arrived. */
export async function deliver(commerce: TestCommerce, { orderId, shopId }: PaidOrder): Promise<void> {
  const seller = await commerce.client("seller", `commerce:sell commerce:shop:${shopId}`);
  const operator = await commerce.client("operator", "commerce:operate");
  const input = () => ({ input: { orderId, idempotencyKey: newKey() } });
  const shipped = await seller.data<{ done: { __typename: string } }>(
    "mutation ($input: MarkOrderShippedInput!) { done: markOrderShipped(input: $input) { __typename } }",
    input(),
  );
  const delivered = await operator.data<{ done: { __typename: string } }>(
    "mutation ($input: MarkOrderDeliveredInput!) { done: markOrderDelivered(input: $input) { __typename } }",
    input(),
  );
  const names = [shipped.done.__typename, delivered.done.__typename];
  if (names.join() !== "MarkOrderShippedSuccess,MarkOrderDeliveredSuccess") throw new Error(names.join());
}

/** Buys one product, pays for it and has it delivered. */
export async function deliveredOrder(commerce: TestCommerce, options: PaidOrderOptions = {}): Promise<PaidOrder> {
  const order = await paidOrder(commerce, options);
  await deliver(commerce, order);
  return order;
}

/** Id of the order's only line. */
export async function lineOf(commerce: TestCommerce, { buyer, orderId }: PaidOrder): Promise<string> {
  const { order } = await (await commerce.client(buyer)).data<{ order: { lines: { id: string }[] } }>(
    "query ($id: ID!) { order(id: $id) { lines { id } } }",
    { id: orderId },
  );
  return order.lines[0]?.id ?? "";
}
