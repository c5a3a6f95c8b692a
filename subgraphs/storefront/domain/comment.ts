/** A viewer's comment under a video. */
export interface Comment {
  readonly id: string;
  readonly videoId: string;
  readonly authorName: string;
  readonly text: string;
  readonly createdAt: Date;
}
