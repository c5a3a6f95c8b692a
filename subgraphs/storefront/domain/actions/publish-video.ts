import { isUuid, type NewId } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import { readIdempotencyKey, readNumber, readText } from "../bounds.ts";
import type { Creators, Videos } from "../ports.ts";
import { creatorProfileRequired, idempotencyConflict, invalidInput, type Refusal } from "../refusal.ts";
import { mostShowcaseItems } from "../showcase-item.ts";
import type { Media, Video } from "../video.ts";
import { viewerOf } from "../viewer.ts";

/** What a creator publishes, as it came from the client. */
export interface VideoDraft {
  readonly title: string;
  readonly caption: string;
  readonly media: Media;
  readonly durationSeconds: number;
  /** Opaque ids of another organisation, in the order to show them. */
  readonly productIds: readonly string[];
}

type Checked<Value> = Result<Value, Refusal<"INVALID_INPUT">>;

const mimeTypes: readonly string[] = ["video/mp4", "video/webm"];
const lengthSeconds = { least: 1, most: 600 };
const sizePx = { least: 1, most: 7680 };

function readAddress(url: string, field: string): Checked<string> {
  const text = readText(url, field, { least: 1, most: 2048 });
  return text.ok && !text.value.startsWith("https://") ? invalidInput(field, "must be an https address") : text;
}

function readMedia(media: Media): Checked<Media> {
  const url = readAddress(media.url, "input.media.url");
  if (!url.ok) return url;
  const posterUrl = readAddress(media.posterUrl, "input.media.posterUrl");
  if (!posterUrl.ok) return posterUrl;
  const { mimeType } = media;
  if (!mimeTypes.includes(mimeType)) {
    return invalidInput("input.media.mimeType", `must be ${mimeTypes.join(" or ")}`);
  }
  const widthPx = readNumber(media.widthPx, "input.media.widthPx", sizePx);
  if (!widthPx.ok) return widthPx;
  const heightPx = readNumber(media.heightPx, "input.media.heightPx", sizePx);
  if (!heightPx.ok) return heightPx;
  return success({
    url: url.value,
    mimeType,
    posterUrl: posterUrl.value,
    widthPx: widthPx.value,
    heightPx: heightPx.value,
  });
}

function readProductIds(productIds: readonly string[]): Checked<readonly string[]> {
  const field = "input.productIds";
  if (productIds.length > mostShowcaseItems) return invalidInput(field, `must name at most ${mostShowcaseItems}`);
  if (!productIds.every(isUuid)) return invalidInput(field, "must be ids of products as their owner made them");
  if (new Set(productIds).size < productIds.length) return invalidInput(field, "must not name a product twice");
  return success(productIds);
}

function readDraft(draft: VideoDraft): Checked<VideoDraft> {
  const title = readText(draft.title, "input.title", { least: 1, most: 120 });
  if (!title.ok) return title;
  const caption = readText(draft.caption, "input.caption", { least: 0, most: 2200 });
  if (!caption.ok) return caption;
  const media = readMedia(draft.media);
  if (!media.ok) return media;
  const durationSeconds = readNumber(draft.durationSeconds, "input.durationSeconds", lengthSeconds);
  if (!durationSeconds.ok) return durationSeconds;
  const productIds = readProductIds(draft.productIds);
  if (!productIds.ok) return productIds;
  return success({
    title: title.value,
    caption: caption.value,
    media: media.value,
    durationSeconds: durationSeconds.value,
    productIds: productIds.value,
  });
}

/**
 * Publishes a video with its showcase for the subject's creator profile, once for each idempotency key.
 * Refuses INVALID_INPUT, CREATOR_PROFILE_REQUIRED, and IDEMPOTENCY_CONFLICT when the key was used with other input.
 */
export async function publishVideo(
  ports: { readonly creators: Creators; readonly videos: Videos; readonly newId: NewId },
  request: {
    readonly subject: string;
    readonly draft: VideoDraft;
    readonly idempotencyKey: string;
    readonly now: Date;
  },
): Promise<Result<Video, Refusal<"INVALID_INPUT" | "CREATOR_PROFILE_REQUIRED" | "IDEMPOTENCY_CONFLICT">>> {
  const draft = readDraft(request.draft);
  if (!draft.ok) return draft;
  const key = readIdempotencyKey(request.idempotencyKey);
  if (!key.ok) return key;
  const creator = await ports.creators.bySubject(request.subject);
  if (creator === null) return creatorProfileRequired();
  const { title, caption, media, durationSeconds, productIds } = draft.value;
  const { url, mimeType, posterUrl, widthPx, heightPx } = media;
  const once = await ports.videos.publish(
    {
      id: ports.newId(),
      creatorId: creator.id,
      title,
      caption,
      media,
      durationSeconds,
      publishedAt: request.now,
      showcase: productIds.map((productId) => ({ id: ports.newId(), productId })),
    },
    {
      viewer: viewerOf(request.subject),
      operation: "publishVideo",
      key: key.value,
      request: [title, caption, url, mimeType, posterUrl, widthPx, heightPx, durationSeconds, productIds],
    },
  );
  return once.kind === "conflict" ? idempotencyConflict() : success(once.value);
}
