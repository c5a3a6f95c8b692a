/** A record of a subgraph: its methods are fields that are computed, as graphql-js calls them: (arguments). */
export type Row = Record<string, unknown>;

/** A subgraph of a case: what it declares, and its data. */
export interface CaseSubgraph {
  /** Without the federation import, which is the same for all. */
  readonly sdl: string;
  /** Composed and served without the line that links to federation 2. */
  readonly isFederation1?: boolean;
  /** Root fields, of query and mutation alike. */
  readonly root?: Row;
  /** Records by entity type; a representation finds the first that agrees with it. */
  readonly entities?: Readonly<Record<string, readonly Row[]>>;
}

/** What a client asks and what it must be told. */
export interface CaseRequest {
  /** Subject, condition, outcome. */
  readonly title: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data: unknown;
  /** Code and path of each error, in any order; none when absent. */
  readonly errors?: readonly { readonly code: string; readonly path?: readonly (string | number)[] }[];
}

/** A supergraph and the requests that it answers. */
export interface FederationCase {
  readonly subgraphs: Readonly<Record<string, CaseSubgraph>>;
  readonly requests: readonly CaseRequest[];
}
