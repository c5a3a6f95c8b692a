/** The merchant's side of a relation with the processor: what it presents, and what it verifies webhooks with. */
export interface ProcessorParty {
  /** The connector's name: `gerbang`. */
  readonly provider: string;
  /** Where the processor's API begins, without the final slash. */
  readonly baseUrl: string;
  /** User name of basic authentication; there is no password. */
  readonly secretKey: string;
  /** What the processor sends in `x-callback-token`. */
  readonly webhookToken: string;
}

/** What holds now; rolled over while the process runs. */
export interface ProcessorKeys {
  readonly provider: string;
  readonly current: () => ProcessorParty;
  /** Whose token is believed at `now`: the current one, and the one before during the overlap. */
  readonly accepted: (now: Date) => readonly ProcessorParty[];
}
