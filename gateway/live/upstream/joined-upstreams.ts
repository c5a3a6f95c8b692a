import { randomUUID } from "node:crypto";
import type { SubgraphAnswer } from "../../transport/subgraph-answer.ts";
import type { Gap, LastingListener } from "./lasting-upstream.ts";
import type { UpstreamEnd, UpstreamHandle } from "./upstream.ts";

/** One who listens to a stream that others may listen to as well. Answers are shared: whoever changes one copies it first. */
export interface Member<Caller> {
  /** Who asks; a shared stream is asked for in the name of the one who may stay longest. */
  readonly caller: Caller;
  readonly next: (answer: SubgraphAnswer, gap: Gap | undefined) => void;
  readonly ended: (end: UpstreamEnd) => void;
}

/** A stream that can be begun anew beside itself. */
export interface JoinedHandle extends UpstreamHandle {
  /** @returns the number of the connection whose first event is read later than now */
  readonly refresh: (withinMs: number) => number;
}

interface Shared<Caller> {
  readonly id: string;
  /** Each with the number of the connection that it waits for: its first event, and no other, is the state as it is now. */
  readonly members: Map<Member<Caller>, number>;
  handle: JoinedHandle | undefined;
}

/** What is asked for in the name of several. */
export interface Joint<Caller> {
  /** The one of them who may stay longest. */
  readonly caller: () => Caller;
  /** Undefined for a stream that is one caller's alone. */
  readonly share: { readonly id: string; readonly members: () => number } | undefined;
}

/** Begins a stream in the name of those who have joined at the time. */
export type BeginJoined<Caller> = (listener: LastingListener, joint: Joint<Caller>) => JoinedHandle;

/** How a member joins. */
export interface JoinSettings {
  /** The same for streams that are one; undefined for one that is nobody else's. */
  readonly key: string | undefined;
  /** Whether who joins later is told the state as it is then, for which the stream is begun anew. */
  readonly beginsWithState: boolean;
  /** Whether the stream is begun anew, too, when one of several has left: the organisation counts them. */
  readonly countsMembers: boolean;
}

// Those who leave are not missed at once; many who leave together are counted out together.
const countOutMs = 1_000;

/**
 * Lets callers whom an organisation cannot tell apart share its identical streams. Who joins later is never told what others
 * were told before: it waits for the first event of a connection that was begun after it came, and is refused when that
 * brings none, as if it were alone.
 */
export class JoinedUpstreams<Caller> {
  readonly #shared = new Map<string, Shared<Caller>>();
  readonly #staysLonger: (a: Caller, b: Caller) => boolean;
  #alone = 0;

  constructor(staysLonger: (a: Caller, b: Caller) => boolean) {
    this.#staysLonger = staysLonger;
  }

  /** Streams that are asked of subgraphs now. */
  get size(): number {
    return this.#shared.size + this.#alone;
  }

  /** Joins a stream, which is begun for the first one and ended after the last. @returns how to leave */
  join(settings: JoinSettings, member: Member<Caller>, begin: BeginJoined<Caller>): () => void {
    const { key } = settings;
    if (key === undefined) return this.#joinAlone(member, begin);
    const present = this.#shared.get(key);
    if (present !== undefined) {
      const awaited = settings.beginsWithState ? present.handle?.refresh(0) : undefined;
      present.members.set(member, awaited ?? 0);
      return () => this.#leave(settings, key, present, member);
    }
    const shared: Shared<Caller> = { id: randomUUID(), members: new Map([[member, 0]]), handle: undefined };
    this.#shared.set(key, shared);
    shared.handle = begin(this.#listener(key, shared), {
      caller: () => this.#longest(shared, member.caller),
      share: { id: shared.id, members: () => shared.members.size },
    });
    return () => this.#leave(settings, key, shared, member);
  }

  #joinAlone(member: Member<Caller>, begin: BeginJoined<Caller>): () => void {
    this.#alone += 1;
    let isIn = true;
    const out = () => {
      if (isIn) this.#alone -= 1;
      isIn = false;
    };
    const listener: LastingListener = {
      next: member.next,
      ended: (end) => {
        out();
        member.ended(end);
      },
    };
    const handle = begin(listener, { caller: () => member.caller, share: undefined });
    return () => {
      out();
      handle.close();
    };
  }

  #listener(key: string, shared: Shared<Caller>): LastingListener {
    const { members } = shared;
    const tell = (member: Member<Caller>, answer: SubgraphAnswer, gap: Gap | undefined) => {
      if (!members.has(member)) return;
      members.set(member, 0);
      member.next(answer, gap);
    };
    return {
      next: (answer, gap, connection) => {
        for (const [member, awaited] of [...members]) {
          // What others missed before it came is no gap of a newcomer's.
          if (awaited <= connection) tell(member, answer, awaited === 0 ? gap : undefined);
        }
      },
      known: (answer, connection) => {
        for (const [member, awaited] of [...members]) {
          if (awaited > 0 && awaited <= connection) tell(member, answer, undefined);
        }
      },
      failed: (end, connection) => {
        for (const [member, awaited] of [...members]) {
          if (awaited === 0 || awaited > connection || !members.delete(member)) continue;
          member.ended(end);
        }
        this.#closeIfEmpty(key, shared);
      },
      ended: (end) => {
        if (this.#shared.get(key) === shared) this.#shared.delete(key);
        const left = [...members.keys()];
        members.clear();
        for (const member of left) member.ended(end);
      },
    };
  }

  #longest({ members }: Shared<Caller>, first: Caller): Caller {
    let longest: Caller | undefined;
    for (const { caller } of members.keys()) {
      if (longest === undefined || this.#staysLonger(caller, longest)) longest = caller;
    }
    return longest ?? first;
  }

  #leave({ countsMembers }: JoinSettings, key: string, shared: Shared<Caller>, member: Member<Caller>): void {
    if (!shared.members.delete(member)) return;
    if (!this.#closeIfEmpty(key, shared) && countsMembers) shared.handle?.refresh(countOutMs);
  }

  #closeIfEmpty(key: string, shared: Shared<Caller>): boolean {
    if (shared.members.size > 0) return false;
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.handle?.close();
    return true;
  }
}
