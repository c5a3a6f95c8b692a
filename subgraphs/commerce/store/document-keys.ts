import { randomBytes } from "node:crypto";
import type { Pool } from "pg";
import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";

/** A secret that signs links to documents. */
export interface DocumentKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** The secrets that sign links to documents. */
export interface DocumentKeys {
  /** The one that signs now. */
  readonly current: () => Promise<DocumentKey>;
  /** The one of that id; null when there is none (any more). */
  readonly find: (id: string) => Promise<DocumentKey | null>;
}

const secretBytes = 32;
const signsForMs = 30 * 86_400_000;
const trustedForMs = 60_000;

/**
 * Secrets kept beside what they guard: whoever can read them there can read the documents themselves. A new one is made every
 * 30 days by whoever needs one first; one that was removed is forgotten within a minute.
 */
export function createDocumentKeys(pool: Pool, newId: NewId, clock: Clock): DocumentKeys {
  let known: { readonly keys: readonly (DocumentKey & { readonly createdAt: Date })[]; readonly readAt: number } = {
    keys: [],
    readAt: 0,
  };
  async function read(isFresh: (keys: typeof known.keys) => boolean): Promise<typeof known.keys> {
    const now = clock().getTime();
    if (now - known.readAt < trustedForMs && isFresh(known.keys)) return known.keys;
    const { rows } = await pool.query<DocumentKey & { createdAt: Date }>(
      'SELECT id, secret, created_at AS "createdAt" FROM document_key ORDER BY created_at DESC, id DESC',
    );
    known = { keys: rows, readAt: now };
    return rows;
  }
  return {
    current: async () => {
      const isYoung = ({ createdAt }: { createdAt: Date }) => clock().getTime() - createdAt.getTime() < signsForMs;
      const [newest] = await read((keys) => keys.some(isYoung));
      if (newest !== undefined && isYoung(newest)) return newest;
      const made = { id: newId(), secret: randomBytes(secretBytes), createdAt: clock() };
      await pool.query("INSERT INTO document_key (id, secret, created_at) VALUES ($1, $2, $3)", [
        made.id,
        made.secret,
        made.createdAt,
      ]);
      known = { ...known, readAt: 0 };
      return made;
    },
    find: async (id) => (await read((keys) => keys.some((key) => key.id === id))).find((key) => key.id === id) ?? null,
  };
}
