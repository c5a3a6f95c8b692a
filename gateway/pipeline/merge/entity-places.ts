import type { EntityInput } from "../../plans/plan.ts";
import { pathOf } from "../../projection/complete.ts";
import { placesAt } from "../../projection/locate.ts";
import type { Tree } from "../../projection/projection.ts";
import type { EntityBatch, MergeTypes } from "../merge.ts";

type Path = readonly (string | number)[];

/** Where the objects stand that one field of an entity fetch asks about. Looked for only when something went wrong. */
export class EntityPlaces {
  readonly #paths = new Map<Tree, Path[]>();
  readonly #byTargets = new Map<readonly Tree[], readonly Path[]>();

  constructor(data: Tree, entity: EntityInput, types: MergeTypes) {
    for (const path of entity.paths) {
      for (const { tree, link } of placesAt(data, path, types.matches)) {
        const known = this.#paths.get(tree);
        if (known === undefined) this.#paths.set(tree, [pathOf(link)]);
        else known.push(pathOf(link));
      }
    }
  }

  /** The places of some of them; the same array whenever it is asked for the same ones. */
  of(targets: readonly Tree[]): readonly Path[] {
    const known = this.#byTargets.get(targets);
    if (known !== undefined) return known;
    const found = [...new Set(targets)].flatMap((tree) => this.#paths.get(tree) ?? []);
    this.#byTargets.set(targets, found);
    return found;
  }
}

/** The places of all objects that a fetch asks about. */
export function placesOfAll(
  places: readonly EntityPlaces[],
  batches: readonly (EntityBatch | undefined)[],
): readonly Path[] {
  return batches.flatMap(
    (batch, index) => batch?.groups.flatMap(({ targets }) => places[index]?.of(targets) ?? []) ?? [],
  );
}
