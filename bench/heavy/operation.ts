/** The heavy operation: nested lists over four subgraphs. */
export const heavyOperation = `
query Heavy($first: Int) {
  users { ...U reviews { ...R product { ...P reviews { ...R author { ...U reviews { ...R product { ...P } } } } } } }
  topProducts(first: $first) { ...P reviews { ...R author { ...U reviews { ...R product { ...P } } } } }
}
fragment U on User { id username name }
fragment R on Review { id body }
fragment P on Product { inStock name price shippingEstimate upc weight }
`;

/** A light operation: one fetch. */
export const lightOperation = "{ topProducts(first: 5) { upc name } }";
