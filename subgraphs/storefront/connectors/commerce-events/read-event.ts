import { createHash } from "node:crypto";
import { z } from "zod";
import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { News, Sale, ToldEvent } from "../../domain/told-event.ts";

// The shapes of schema/events, as strict: a field that is not agreed upon is refused, not dropped.
const id = z.string().refine(isUuid);
const maybeId = id.nullable();
const ofProduct = z.strictObject({ productId: id });
const soldLine = z.strictObject({
  productId: id,
  quantity: z.number().int().min(1).max(1_000_000),
  creatorId: maybeId,
  videoId: maybeId,
  liveSessionId: maybeId,
});
const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .transform((text) => new Date(text))
  .refine((date) => !Number.isNaN(date.getTime()));
const envelope = z.strictObject({
  id,
  type: z.string(),
  version: z.number().int(),
  aggregate: id,
  sequence: z.number().int().min(1),
  occurredAt: instant,
  data: z.unknown(),
});

function saleOf({ productId, quantity, creatorId, videoId, liveSessionId }: z.infer<typeof soldLine>): Sale {
  return {
    productId,
    quantity,
    contentIds: [creatorId, videoId, liveSessionId].filter((content) => content !== null),
  };
}

const soldLines = z.strictObject({ lines: z.array(soldLine).min(1).max(100) });

// What the sender's words mean here: the storefront has none for money or orders.
const meanings: Readonly<Record<string, z.ZodType<News>>> = {
  "order-paid.v1": soldLines.transform(({ lines }): News => ({ kind: "sales", sales: lines.map(saleOf) })),
  "order-refunded.v1": soldLines.transform(({ lines }): News => ({ kind: "returns", sales: lines.map(saleOf) })),
  "item-sold-out.v1": ofProduct.transform(
    ({ productId }): News => ({ kind: "availability", productId, isAvailable: false }),
  ),
  "item-available.v1": ofProduct.transform(
    ({ productId }): News => ({ kind: "availability", productId, isAvailable: true }),
  ),
  "price-changed.v1": z
    .strictObject({ productId: id, direction: z.enum(["LOWER", "HIGHER"]) })
    .transform(
      ({ productId, direction }): News => ({ kind: "reduction", productId, isReduced: direction === "LOWER" }),
    ),
  "review-posted.v1": z
    .strictObject({ productId: id, rating: z.number().int().min(1).max(5) })
    .transform(({ productId, rating }): News => ({ kind: "review", productId, rating })),
};

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Reads an event of commerce from the bytes whose signature was verified. `webhookId` is the id that was signed. */
export function readEvent(webhookId: string, body: Buffer): Result<ToldEvent, "MALFORMED" | "UNKNOWN_EVENT"> {
  const read = envelope.safeParse(parse(body));
  if (!read.success || read.data.id !== webhookId) return refused("MALFORMED");
  const { type, version, sequence, occurredAt, data } = read.data;
  const name = `${type}.v${version}`;
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
  if (meaning === undefined) return refused("UNKNOWN_EVENT");
  const news = meaning.safeParse(data);
  if (!news.success) return refused("MALFORMED");
  const bodyHash = createHash("sha256").update(body).digest();
  return success({ id: webhookId, bodyHash, sequence, occurredAt, news: news.data });
}
