/** A creator's live broadcast; on air until `endedAt` is set. */
export interface LiveSession {
  readonly id: string;
  readonly creatorId: string;
  readonly title: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}
