import { networkOf } from "../http/client-address.ts";
import type { Principal, User } from "../request-context.ts";
import { OpenCount } from "./open-count.ts";

/** How many WebSocket connections may be open. */
export interface ConnectionLimits {
  readonly connections: number;
  /** Of one network address, for those who are not signed in; and as many that have not said yet who they are. */
  readonly connectionsPerAddress: number;
  readonly connectionsPerIdentity: number;
  /** Part of all connections that only signed-in users may take, from 0 to 1. */
  readonly shareForUsers: number;
}

/** A connection that is counted. */
export interface Place {
  /**
   * Counts it from now on as its user's, or as its address' for good. False: there are too many of those, or it has gone;
   * it is not counted.
   */
  readonly settle: (principal: Principal) => boolean;
  /** Counts it out. May be called again. */
  readonly leave: () => void;
}

/** Why a connection has no place: all are taken, or its address has its part of them. */
export type NoPlace = "full" | "address-full";

/** The key by which a signed-in user's streams and connections are counted. */
export function userKey({ issuer, subject }: User): string {
  return `${issuer}\0${subject}`;
}

/**
 * Counts connections: those that have not said yet who they are and those that are nobody's by address, the others by user. A
 * signed-in user gets in from an address whose places are all taken by others who are not.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  readonly #unsettled = new OpenCount();
  readonly #anonymous = new OpenCount();
  readonly #users = new OpenCount();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#unsettled.total + this.#anonymous.total + this.#users.total;
  }

  enter(address: string): Place | NoPlace {
    const { connections, connectionsPerAddress } = this.#limits;
    const network = networkOf(address);
    if (this.total >= connections) return "full";
    if (this.#unsettled.of(network) >= connectionsPerAddress) return "address-full";
    let leave = this.#unsettled.enter(network);
    let isGone = false;
    return {
      settle: (principal) => {
        leave();
        // It may have gone while it was found out who it is.
        const counted = isGone ? undefined : this.#settle(principal, network);
        leave = counted ?? (() => undefined);
        return counted !== undefined;
      },
      leave: () => {
        isGone = true;
        leave();
      },
    };
  }

  #settle(principal: Principal, network: string): (() => void) | undefined {
    const { connections, connectionsPerAddress, connectionsPerIdentity, shareForUsers } = this.#limits;
    if (principal.kind === "user") {
      const user = userKey(principal);
      return this.#users.of(user) < connectionsPerIdentity ? this.#users.enter(user) : undefined;
    }
    const isFull = this.#anonymous.total >= Math.ceil(connections * (1 - shareForUsers));
    if (isFull || this.#anonymous.of(network) >= connectionsPerAddress) return undefined;
    return this.#anonymous.enter(network);
  }
}
