import type { CaseSubgraph } from "./federation-case.ts";
import { fillTable } from "./random-cells.ts";
import { mutationResolvers, RowMaker, rowsOf } from "./random-data.ts";
import { type Pick, type RandomModel, randomModel } from "./random-model.ts";
import { mergedSdl, subgraphSdl } from "./random-sdl.ts";

/** A random supergraph with its data, and the same as one schema. */
export interface RandomWorld {
  readonly model: RandomModel;
  readonly subgraphs: Readonly<Record<string, CaseSubgraph>>;
  readonly merged: CaseSubgraph;
  /** Before each operation: mutations count on, and labels decide who answers what. */
  readonly begin: (labels: readonly string[]) => void;
}

/** Makes a supergraph of two to four subgraphs with data, nulls, failing fields and entities that only one has. */
export function randomWorld(pick: Pick): RandomWorld {
  const model = randomModel(pick);
  const state = { count: 0, labels: [] as readonly string[] };
  const table = fillTable(pick, model);
  const subgraphs = Object.fromEntries(
    Array.from({ length: model.subgraphs }, (_, knower): [string, CaseSubgraph] => {
      const maker = new RowMaker(model, table, knower, state);
      const known = model.entities.filter(({ keys }) => keys.has(knower));
      const entities = Object.fromEntries(known.map(({ name }) => [name, rowsOf(maker, model, name, knower)]));
      const { media } = model;
      if (media !== undefined && (media.home === knower || media.extenders.includes(knower))) {
        entities.Media = media.types.flatMap((name) => rowsOf(maker, model, name, knower, true));
      }
      const root = { ...maker.root(), ...mutationResolvers(maker, model, state) };
      return [`s${knower}`, { sdl: subgraphSdl(model, knower), root, entities }];
    }),
  );
  const whole = new RowMaker(model, table, undefined, state);
  return {
    model,
    subgraphs,
    merged: { sdl: mergedSdl(model), root: { ...whole.root(), ...mutationResolvers(whole, model, state) } },
    begin: (labels) => {
      state.count = 0;
      state.labels = labels;
    },
  };
}
