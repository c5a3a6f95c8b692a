/** A media file, served elsewhere. */
export interface Media {
  readonly url: string;
  readonly mimeType: string;
  readonly posterUrl: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A short video with its counts. */
export interface Video {
  readonly id: string;
  readonly creatorId: string;
  readonly title: string;
  readonly caption: string;
  readonly media: Media;
  readonly durationSeconds: number;
  readonly publishedAt: Date;
  readonly likeCount: number;
  readonly viewCount: number;
  readonly commentCount: number;
}

/** The day (UTC) on which a view counts, as its midnight. */
export function dayOfView(instant: Date): Date {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate()));
}
