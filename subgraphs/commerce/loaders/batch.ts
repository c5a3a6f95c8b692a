import DataLoader from "dataloader";

// Larger batches become several statements: a request cannot make one statement without bound.
const maxBatchSize = 1_000;

/** Loads by key, one statement for all keys that are asked for together; null for what does not exist. */
export function loadByKey<Value>(
  load: (keys: readonly string[]) => Promise<readonly Value[]>,
  keyOf: (value: Value) => string,
): DataLoader<string, Value | null> {
  return new DataLoader(
    async (keys) => {
      const values = new Map((await load(keys)).map((value) => [keyOf(value), value]));
      return keys.map((key) => values.get(key) ?? null);
    },
    { maxBatchSize },
  );
}

/** Loads the list that belongs to each key, in the order in which `load` answers; empty when there is nothing. */
export function loadListsByKey<Value>(
  load: (keys: readonly string[]) => Promise<readonly Value[]>,
  keyOf: (value: Value) => string,
): DataLoader<string, readonly Value[]> {
  return new DataLoader(
    async (keys) => {
      const lists = new Map<string, Value[]>(keys.map((key) => [key, []]));
      for (const value of await load(keys)) lists.get(keyOf(value))?.push(value);
      return keys.map((key) => lists.get(key) ?? []);
    },
    { maxBatchSize },
  );
}

/** Something that other rows refer to is not there. The database's foreign keys forbid it. A bug. */
export class MissingRowError extends Error {
  override readonly name = "MissingRowError";
}

/** Loads what a foreign key promises. @throws MissingRowError */
export async function loadExisting<Value>(
  loader: DataLoader<string, Value | null>,
  key: string,
  what: string,
): Promise<Value> {
  const value = await loader.load(key);
  if (value === null) throw new MissingRowError(`the ${what} ${key} does not exist`);
  return value;
}
