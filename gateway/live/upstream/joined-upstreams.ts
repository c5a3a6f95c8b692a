import type { SubgraphAnswer } from "../../transport/subgraph-answer.ts";
import type { Gap, LastingListener } from "./lasting-upstream.ts";
import type { UpstreamHandle } from "./upstream.ts";

/** One who listens to a stream that others may listen to as well. Answers are shared: whoever changes one copies it first. */
export interface Member<Caller> extends LastingListener {
  /** Who asks; a shared stream is asked for in the name of the one who may stay longest. */
  readonly caller: Caller;
}

interface Shared<Caller> {
  readonly members: Set<Member<Caller>>;
  handle: UpstreamHandle | undefined;
  last: SubgraphAnswer | undefined;
}

/** Begins a stream in the name of whoever `caller` answers at the time. */
export type BeginJoined<Caller> = (listener: LastingListener, caller: () => Caller) => UpstreamHandle;

/** How a member joins. */
export interface JoinSettings {
  /** The same for streams that are one; undefined for one that is nobody else's. */
  readonly key: string | undefined;
  /** Whether who joins later is told the last event at once. */
  readonly replaysLast: boolean;
}

/** Lets callers whom an organisation cannot tell apart share its identical streams. */
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
  join({ key, replaysLast }: JoinSettings, member: Member<Caller>, begin: BeginJoined<Caller>): () => void {
    if (key === undefined) return this.#joinAlone(member, begin);
    const present = this.#shared.get(key);
    if (present !== undefined) {
      present.members.add(member);
      if (replaysLast && present.last !== undefined) member.next(present.last, undefined);
      return () => this.#leave(key, present, member);
    }
    const shared: Shared<Caller> = { members: new Set([member]), handle: undefined, last: undefined };
    this.#shared.set(key, shared);
    shared.handle = begin(this.#listener(key, shared, replaysLast), () => this.#longest(shared, member.caller));
    return () => this.#leave(key, shared, member);
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
    const handle = begin(listener, () => member.caller);
    return () => {
      out();
      handle.close();
    };
  }

  #listener(key: string, shared: Shared<Caller>, keepsLast: boolean): LastingListener {
    return {
      next: (answer: SubgraphAnswer, gap: Gap | undefined) => {
        if (keepsLast) shared.last = answer;
        for (const member of [...shared.members]) member.next(answer, gap);
      },
      ended: (end) => {
        if (this.#shared.get(key) === shared) this.#shared.delete(key);
        const members = [...shared.members];
        shared.members.clear();
        for (const member of members) member.ended(end);
      },
    };
  }

  #longest(shared: Shared<Caller>, first: Caller): Caller {
    let longest: Caller | undefined;
    for (const { caller } of shared.members) {
      if (longest === undefined || this.#staysLonger(caller, longest)) longest = caller;
    }
    return longest ?? first;
  }

  #leave(key: string, shared: Shared<Caller>, member: Member<Caller>): void {
    if (!shared.members.delete(member) || shared.members.size > 0) return;
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.handle?.close();
  }
}
