/** Somebody who publishes videos and goes live. */
export interface Creator {
  readonly id: string;
  /** Unique; 3 to 30 of a-z 0-9 . _ */
  readonly handle: string;
  readonly displayName: string;
  readonly bio: string;
  readonly avatarUrl: string;
  readonly followerCount: number;
  readonly joinedAt: Date;
}

const handlePattern = /^[a-z0-9._]{3,30}$/;

/** Whether a string can be a handle. */
export function isHandle(text: string): boolean {
  return handlePattern.test(text);
}

/** The picture of a creator who has given none. */
export const defaultAvatarUrl = "https://media.etalase.example/avatars/default.webp";
