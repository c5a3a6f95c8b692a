const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Whether a string is a UUID in canonical lower case. Ids from clients pass here before they reach a database; those of
 * references to entities are unchecked JSON, whatever their type says: a list of one UUID is none.
 */
export function isUuid(value: string): boolean {
  return typeof value === "string" && uuidPattern.test(value);
}

/** Makes a new id: a UUIDv7, so that ids sort by time of creation. Injected, so that tests can fix it. */
export type NewId = () => string;
