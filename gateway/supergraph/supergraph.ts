/** One subgraph as the supergraph names it. */
export interface SubgraphEntry {
  /** The organisation's name for it, as `storefront`. */
  readonly name: string;
  /** Where composition said it is; configuration may say otherwise. Empty when composition was not told. */
  readonly url: string;
}

/** A supergraph that was read and looks like one. */
export interface Supergraph {
  readonly sdl: string;
  /** SHA-256 of the SDL, hexadecimal: tells one version from another. */
  readonly version: string;
  /** In the order of the enum join__Graph. */
  readonly subgraphs: readonly SubgraphEntry[];
}
