/** Where supergraphs come from: a file, an address, GraphOS. */
export interface SupergraphSource {
  /** For people and for telling one source from another; holds no secret. */
  readonly name: string;
  /** How long to wait after a look before the next one. */
  readonly intervalMs: number;
  /** How long the wait may grow while the source cannot be reached. */
  readonly longestIntervalMs: number;
  /**
   * Looks now. Resolves to the SDL, or to undefined when it is what the last look found.
   * Rejects with an error of one sentence when the source cannot be reached or answers no text.
   */
  readonly read: () => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}
