import type pg from "pg";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import type { NewId } from "../../../../platform/values/ids.ts";
import type { ViewerShare } from "../../domain/ports.ts";

/** How long a lease lasts, and how often those of open streams are renewed. */
export interface LeaseTimes {
  readonly leaseSeconds: number;
  readonly renewMs: number;
}

/** The leases of this process's streams in the table that all processes count. */
export interface ViewerLeases {
  /** Counts a stream of a session that is on air as a viewer; answers how to stop. */
  readonly take: (liveSessionId: string, subject: string | null, share?: ViewerShare) => Promise<() => void>;
  /** Gives all leases back. */
  readonly close: () => Promise<void>;
}

interface Lease {
  readonly liveSessionId: string;
  readonly subject: string | null;
  /** The lease's own id for a stream that stands for one alone. */
  readonly shareId: string;
  readonly members: number;
}

const usualTimes: LeaseTimes = { leaseSeconds: 45, renewMs: 15_000 };
// Streams that end together are given back together.
const gatherMs = 50;

// By the database's clock, which is the same for every process. A lease that was purged during an outage is taken again.
const renewSql = `WITH purged AS (DELETE FROM live_viewer WHERE expires_at < now() - interval '5 minutes')
  INSERT INTO live_viewer (id, live_session_id, subject, share_id, members, expires_at)
  SELECT lease.id, s.id, lease.subject, lease.share_id, lease.members, now() + make_interval(secs => $6)
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int[])
    AS lease(id, live_session_id, subject, share_id, members)
  JOIN live_session s ON s.id = lease.live_session_id AND s.ended_at IS NULL
  ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at`;

/** Keeps the leases of open streams alive; a process that dies leaves leases that end by themselves. */
export function keepViewerLeases(
  pool: pg.Pool,
  newId: NewId,
  logger: Logger,
  times: LeaseTimes = usualTimes,
): ViewerLeases {
  const held = new Map<string, Lease>();
  let leaving: string[] = [];
  let gathering: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();

  async function write(leases: readonly (readonly [string, Lease])[]): Promise<void> {
    await pool.query(renewSql, [
      leases.map(([id]) => id),
      leases.map(([, lease]) => lease.liveSessionId),
      leases.map(([, lease]) => lease.subject),
      leases.map(([, lease]) => lease.shareId),
      leases.map(([, lease]) => lease.members),
      times.leaseSeconds,
    ]);
  }

  async function giveBack(): Promise<void> {
    clearTimeout(gathering);
    gathering = undefined;
    // A renewal that is on its way would write again what is deleted before it.
    await renewing;
    const ids = leaving;
    leaving = [];
    if (ids.length > 0) await pool.query("DELETE FROM live_viewer WHERE id = ANY($1::uuid[])", [ids]);
  }

  /** Nothing is lost when it fails: what was not renewed or given back ends by itself. */
  function later(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => logger.debug({ err: error }, "viewers' leases could not be written"));
  }

  const renewal = setInterval(() => {
    if (held.size > 0) renewing = later(write([...held]));
  }, times.renewMs);

  return {
    take: async (liveSessionId, subject, share) => {
      const id = newId();
      const lease: Lease = { liveSessionId, subject, shareId: share?.id ?? id, members: share?.members ?? 1 };
      await write([[id, lease]]);
      held.set(id, lease);
      return () => {
        if (!held.delete(id)) return;
        leaving.push(id);
        gathering ??= setTimeout(() => void later(giveBack()), gatherMs);
      };
    },
    close: async () => {
      clearInterval(renewal);
      leaving.push(...held.keys());
      held.clear();
      await later(giveBack());
    },
  };
}
