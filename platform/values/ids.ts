const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a string is a UUID in canonical lower case. Ids from clients pass here before they reach a database. */
export function isUuid(value: string): boolean {
  return uuidPattern.test(value);
}

/** Makes a new id: a UUIDv7, so that ids sort by time of creation. Injected, so that tests can fix it. */
export type NewId = () => string;
