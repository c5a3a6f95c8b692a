/** The organisations whose programs and databases this launcher runs. */
export const organisations = ["storefront", "commerce"] as const;

/** One of them; also the prefix of its variables, roles and database. */
export type Organisation = (typeof organisations)[number];

/** One value for each organisation. */
export type PerOrganisation<Value> = Readonly<Record<Organisation, Value>>;

/** Makes a value for each organisation. */
export function perOrganisation<Value>(make: (organisation: Organisation) => Value): PerOrganisation<Value> {
  return Object.fromEntries(organisations.map((name) => [name, make(name)])) as Record<Organisation, Value>;
}

/** Makes a value for each organisation, all at the same time. */
export async function forEachOrganisation<Value>(
  make: (organisation: Organisation) => Promise<Value>,
): Promise<PerOrganisation<Value>> {
  const made = await Promise.all(organisations.map(async (name) => [name, await make(name)] as const));
  return Object.fromEntries(made) as Record<Organisation, Value>;
}
