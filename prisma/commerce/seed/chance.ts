/** Repeatable chance: the same name and number give the same whole number in [0, below) on every machine. FNV-1a. */
export function chance(name: string, n: number, below: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${name} ${n}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % below;
}

/** One of a list, by repeatable chance. */
export function pick<Item>(name: string, n: number, items: readonly Item[]): Item {
  const item = items[chance(name, n, items.length)];
  if (item === undefined) throw new RangeError(`nothing to pick from for ${name}`);
  return item;
}
