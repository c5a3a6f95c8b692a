/** What a seller does; each under a key of its own. */
export type ListingOperation =
  | "addProduct"
  | "changeProduct"
  | "unlistProduct"
  | "relistProduct"
  | "changePrice"
  | "adjustStock";
