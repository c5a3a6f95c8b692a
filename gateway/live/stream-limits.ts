import { networkOf } from "../http/client-address.ts";
import type { Principal } from "../request-context.ts";
import { userKey } from "./connection-limits.ts";
import { OpenCount } from "./open-count.ts";

/** How many streams may be open. */
export interface StreamLimits {
  readonly streams: number;
  readonly streamsPerConnection: number;
  readonly streamsPerIdentity: number;
  readonly streamsPerAddress: number;
  /** Part of all streams that only signed-in users may take, from 0 to 1. */
  readonly shareForUsers: number;
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
  readonly #users = new OpenCount();
  readonly #anonymous = new OpenCount();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#users.total + this.#anonymous.total;
  }

  /** Counts a stream; answers how to count it out, once. Undefined when there are too many already. */
  enter({ principal, address, connection }: StreamOwner): (() => void) | undefined {
    const { streams, streamsPerConnection } = this.#limits;
    if (this.total >= streams || connection.streams >= streamsPerConnection) return undefined;
    const leave = principal.kind === "user" ? this.#enterUser(userKey(principal)) : this.#enterAddress(address);
    if (leave === undefined) return undefined;
    connection.streams += 1;
    let isOpen = true;
    return () => {
      if (isOpen) connection.streams -= 1;
      isOpen = false;
      leave();
    };
  }

  #enterUser(user: string): (() => void) | undefined {
    return this.#users.of(user) < this.#limits.streamsPerIdentity ? this.#users.enter(user) : undefined;
  }

  #enterAddress(address: string): (() => void) | undefined {
    const { streams, streamsPerAddress, shareForUsers } = this.#limits;
    const network = networkOf(address);
    const isFull = this.#anonymous.total >= Math.ceil(streams * (1 - shareForUsers));
    return isFull || this.#anonymous.of(network) >= streamsPerAddress ? undefined : this.#anonymous.enter(network);
  }
}
