import type { Principal } from "../request-context.ts";

/** How many streams may be open. */
export interface StreamLimits {
  readonly streams: number;
  readonly streamsPerConnection: number;
  readonly streamsPerIdentity: number;
  readonly streamsPerAddress: number;
}

/** What the streams of one connection are counted by. */
export interface ConnectionCount {
  streams: number;
}

/** Who asks for a stream, through what. */
export interface StreamOwner {
  readonly principal: Principal;
  /** The client's network address. */
  readonly address: string;
  readonly connection: ConnectionCount;
}

/** Counts open streams, in total and for each connection, user and address. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts a stream; answers how to count it out, once. Undefined when there are too many already. */
  enter({ principal, address, connection }: StreamOwner): (() => void) | undefined {
    const isUser = principal.kind === "user";
    const owner = isUser ? `user ${principal.issuer}\0${principal.subject}` : `address ${address}`;
    const most = isUser ? this.#limits.streamsPerIdentity : this.#limits.streamsPerAddress;
    const present = this.#byOwner.get(owner) ?? 0;
    const isFull = this.#total >= this.#limits.streams || present >= most;
    if (isFull || connection.streams >= this.#limits.streamsPerConnection) return undefined;
    this.#total += 1;
    connection.streams += 1;
    this.#byOwner.set(owner, present + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#total -= 1;
      connection.streams -= 1;
      const left = (this.#byOwner.get(owner) ?? 1) - 1;
      if (left === 0) this.#byOwner.delete(owner);
      else this.#byOwner.set(owner, left);
    };
  }
}
