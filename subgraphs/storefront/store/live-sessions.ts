import type pg from "pg";
import { toPage } from "../../../platform/values/page.ts";
import { formatKey } from "../domain/chronological-key.ts";
import type { LiveSession } from "../domain/live-session.ts";
import type { LiveSessions, NewPin } from "../domain/ports.ts";
import { keysetOf } from "./chronological-pages.ts";
import { liveSessionColumns } from "./rows.ts";
import type { StorefrontClient, Transaction } from "./transaction.ts";

const onAirSql = `SELECT ${liveSessionColumns}
  FROM live_session s WHERE s.ended_at IS NULL AND (s.started_at, s.id) < ($1::timestamptz, $2::uuid)
  ORDER BY s.started_at DESC, s.id DESC LIMIT $3`;

type NewLiveSession = Omit<LiveSession, "endedAt" | "likeCount">;

function laterOf(one: Date, other: Date): Date {
  return one.getTime() > other.getTime() ? one : other;
}

/** Locks a session until the transaction ends, so that ending, pinning and unpinning come one after the other. */
async function lock(transaction: Transaction, id: string): Promise<LiveSession> {
  await transaction.$queryRaw`SELECT 1 FROM live_session WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return transaction.liveSession.findUniqueOrThrow({ where: { id } });
}

/** Takes the pin off, if there is one. Another process's clock may be behind: no pin ends before it began. */
async function removePin(transaction: Transaction, liveSessionId: string, at: Date): Promise<void> {
  const pin = await transaction.livePin.findFirst({ where: { liveSessionId, unpinnedAt: null } });
  if (pin === null) return;
  await transaction.livePin.updateMany({ where: { id: pin.id }, data: { unpinnedAt: laterOf(at, pin.pinnedAt) } });
}

async function start(transaction: Transaction, session: NewLiveSession): Promise<LiveSession> {
  const { creatorId } = session;
  await transaction.$queryRaw`SELECT 1 FROM creator WHERE id = ${creatorId}::uuid FOR NO KEY UPDATE`;
  const onAir = await transaction.liveSession.findFirst({ where: { creatorId, endedAt: null } });
  return onAir ?? transaction.liveSession.create({ data: session });
}

async function end(transaction: Transaction, id: string, at: Date): Promise<LiveSession> {
  const session = await lock(transaction, id);
  if (session.endedAt !== null) return session;
  await removePin(transaction, id, at);
  return transaction.liveSession.update({ where: { id }, data: { endedAt: laterOf(at, session.startedAt) } });
}

async function pin(transaction: Transaction, newPin: NewPin): Promise<LiveSession | null> {
  const { liveSessionId, productId } = newPin;
  const session = await lock(transaction, liveSessionId);
  if (session.endedAt !== null) return null;
  const isPinned = await transaction.livePin.findFirst({ where: { liveSessionId, productId, unpinnedAt: null } });
  if (isPinned !== null) return session;
  await removePin(transaction, liveSessionId, newPin.pinnedAt);
  await transaction.livePin.createMany({ data: newPin });
  return session;
}

async function unpin(transaction: Transaction, liveSessionId: string, at: Date): Promise<LiveSession | null> {
  const session = await lock(transaction, liveSessionId);
  if (session.endedAt !== null) return null;
  await removePin(transaction, liveSessionId, at);
  return session;
}

/** Live sessions and their pins in PostgreSQL. */
export function createLiveSessions(prisma: StorefrontClient, pool: pg.Pool): LiveSessions {
  return {
    find: (id) => prisma.liveSession.findUnique({ where: { id } }),
    byIds: (ids) => prisma.liveSession.findMany({ where: { id: { in: [...ids] } } }),
    onAir: async (request) => {
      const { rows } = await pool.query<LiveSession>(onAirSql, [...keysetOf(request), request.first + 1]);
      return toPage(rows, request, (session) => formatKey(session.startedAt, session.id));
    },
    onAirOf: async (creatorIds) => {
      const where = { creatorId: { in: [...creatorIds] }, endedAt: null };
      return new Map((await prisma.liveSession.findMany({ where })).map((session) => [session.creatorId, session]));
    },
    start: (session) => prisma.$transaction((transaction) => start(transaction, session)),
    end: (id, at) => prisma.$transaction((transaction) => end(transaction, id, at)),
    pin: (newPin) => prisma.$transaction((transaction) => pin(transaction, newPin)),
    unpin: (id, at) => prisma.$transaction((transaction) => unpin(transaction, id, at)),
  };
}
