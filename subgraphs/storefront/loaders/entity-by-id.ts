import DataLoader from "dataloader";
import { isUuid } from "../../../platform/values/ids.ts";

/**
 * Loads entities by id, one batch for all that a request asks for at once; null where there is none.
 * A key that is no UUID, whatever a client put there, is nobody's id and reaches no database.
 */
export function createEntityById<Entity extends { readonly id: string }>(
  read: (ids: readonly string[]) => Promise<readonly Entity[]>,
): DataLoader<string, Entity | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const known = ids.filter(isUuid);
    const entities = known.length === 0 ? [] : await read(known);
    const byId = new Map(entities.map((entity) => [entity.id, entity]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
