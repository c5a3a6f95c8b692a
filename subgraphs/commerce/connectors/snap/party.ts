import type { KeyObject } from "node:crypto";

/** The merchant's side of a relation with one SNAP provider: what it presents, and what it verifies call-backs with. */
export interface SnapParty {
  /** The connector's name: `bank-cendana`. */
  readonly provider: string;
  /** Where the provider's API begins, without the final slash. */
  readonly baseUrl: string;
  /** X-PARTNER-ID, at most 36 characters. */
  readonly partnerId: string;
  /** CHANNEL-ID, 5 characters. */
  readonly channelId: string;
  /** X-CLIENT-KEY of our access-token requests. */
  readonly clientKey: string;
  /** Secret of our HMAC signatures. */
  readonly clientSecret: string;
  /** Our RSA key. */
  readonly privateKey: KeyObject;
  /** The provider's RSA key, for its access-token requests and call-backs without token. */
  readonly providerPublicKey: KeyObject;
  /** What the provider presents when it calls us. */
  readonly inbound: { readonly clientKey: string; readonly clientSecret: string };
}

/** What holds for a relation now; rolled over while the process runs. */
export interface SnapKeys {
  /** The connector's name: `bank-cendana`. */
  readonly provider: string;
  /** What we present: one object for as long as nothing changes, so that a call uses all of one or all of the next. */
  readonly current: () => SnapParty;
  /** With what call-backs may be signed at `now`: the current keys, and those before them during the overlap. */
  readonly accepted: (now: Date) => readonly SnapParty[];
}

/** Keys that never change. */
export function fixedKeys(party: SnapParty): SnapKeys {
  return { provider: party.provider, current: () => party, accepted: () => [party] };
}
