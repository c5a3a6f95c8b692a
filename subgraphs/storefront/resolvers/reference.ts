import type DataLoader from "dataloader";

/** Loads what an entity reference names; null unless it carries the id of something that exists. */
export async function loadReference<Entity>(
  reference: { readonly id?: unknown },
  loader: DataLoader<string, Entity | null>,
): Promise<Entity | null> {
  // A representation is unchecked JSON: its id can be anything.
  return typeof reference.id === "string" ? loader.load(reference.id) : null;
}

/** Loads what a row of ours refers to. @throws when it is not there, which foreign keys exclude. */
export async function loadExisting<Entity>(loader: DataLoader<string, Entity | null>, id: string): Promise<Entity> {
  const entity = await loader.load(id);
  if (entity === null) throw new Error(`${id} is referred to but does not exist`);
  return entity;
}
