import type { Selected } from "../plans/fetch-keys.ts";
import type { EntityInput, Path, RequiredField, RequiredType, Requirement, Rewrite } from "../plans/plan.ts";
import { objectsAt, placesAt, type TypeMatcher } from "../projection/locate.ts";
import type { Tree } from "../projection/projection.ts";
import { type Collection, collectorOf, type EntityCollector, leavesOf } from "./merge/collect-entities.ts";
import { scalarMergeOf } from "./merge/merge-scalars.ts";
import { onlyAsked } from "./merge/only-asked.ts";

/** What is known of the types of the answer. */
export interface MergeTypes {
  readonly matches: TypeMatcher;
  readonly isObjectType: (name: unknown) => boolean;
  /** Whether a field stands in some key of a type. */
  readonly isKeyField: (type: string, field: string) => boolean;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Adds an answer's data to the data so far. Objects and lists are joined; what is there already is never replaced by
 * null. A key `__proto__`, which no plan asks for, is left out. With `copies`, nothing of the source itself is put in.
 */
export function mergeData(target: Tree, source: Tree, types: MergeTypes, copies = false): void {
  for (const key in source) {
    if (key === "__proto__") continue;
    const incoming = source[key];
    // An inherited member, as `constructor`, is a function: not an object, so it is replaced.
    const present = target[key];
    if (key === "__typename") {
      // An @interfaceObject subgraph knows an object by the interface's name only.
      if (typeof present !== "string" || !types.isObjectType(present)) target[key] = incoming;
    } else if (typeof present === "object" && present !== null) {
      if (typeof incoming === "object" && incoming !== null) mergeValues(present, incoming, types, copies);
    } else if (incoming !== null || present === undefined || typeof present === "function") {
      target[key] = copies && typeof incoming === "object" ? cloneJson(incoming) : incoming;
    }
  }
}

function mergeValues(present: object, incoming: object, types: MergeTypes, copies: boolean): void {
  if (Array.isArray(present) && Array.isArray(incoming)) {
    const count = Math.min(present.length, incoming.length);
    for (let index = 0; index < count; index += 1) {
      const [mine, theirs] = [present[index] as unknown, incoming[index] as unknown];
      if (typeof mine === "object" && mine !== null) {
        if (typeof theirs === "object" && theirs !== null) mergeValues(mine, theirs, types, copies);
      } else if (mine === null) present[index] = copies ? cloneJson(theirs) : theirs;
    }
  } else if (isTree(present) && isTree(incoming) && present !== incoming) mergeData(present, incoming, types, copies);
}

/** What a representation is made by. */
export interface Representing {
  readonly types: MergeTypes;
  /**
   * Objects for which some fetch brought nothing. Only of these is a required field that is not there missed; of any
   * other it was not fetched because of a condition, under which what requires it is not asked for either.
   */
  readonly lost: WeakSet<Tree>;
}

interface RepresentedPlace {
  readonly type?: string;
  readonly inKey?: boolean;
  /** Whether it is an object inside of the entity. */
  readonly isBelow?: boolean;
}

function represent(
  requirements: readonly Requirement[],
  tree: Tree,
  how: Representing,
  into: Tree,
  { type = "", inKey = false, isBelow = false }: RepresentedPlace = {},
): boolean {
  let isComplete = true;
  for (const requirement of requirements) {
    if ("type" in requirement) {
      if (!how.types.matches(tree.__typename, requirement.type)) continue;
      // A resolver that is given one of several types' objects tells by nothing else which one it has.
      if (isBelow && typeof tree.__typename === "string") into.__typename = tree.__typename;
      const inside = { type: requirement.type, inKey, isBelow };
      isComplete = represent(requirement.selections, tree, how, into, inside) && isComplete;
      continue;
    }
    const { selections, name, source } = requirement;
    const value = Object.hasOwn(tree, source) ? tree[source] : undefined;
    const isKey = inKey || isKeyOf(tree, type, name, how.types);
    const part = selections === undefined ? value : representValue(selections, value, how, into[name], isKey);
    if (part !== undefined) into[name] = part;
    else if (isKey || value !== undefined || how.lost.has(tree)) return false;
  }
  return isComplete;
}

function isKeyOf(tree: Tree, type: string, name: string, types: MergeTypes): boolean {
  return name === "__typename" || types.isKeyField(type, name) || types.isKeyField(String(tree.__typename), name);
}

function representValue(
  selections: readonly Requirement[],
  value: unknown,
  how: Representing,
  present: unknown,
  inKey: boolean,
): unknown {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      representValue(selections, item, how, Array.isArray(present) ? present[index] : undefined, inKey),
    );
    return items.includes(undefined) ? undefined : items;
  }
  if (!isTree(value)) return undefined;
  const part: Tree = isTree(present) ? present : {};
  return represent(selections, value, how, part, { inKey, isBelow: true }) ? part : undefined;
}

/** Whether a representation says which entity it means. Apollo's planner asks too widely: of some objects it has no key. */
function hasKey(representation: Tree, tree: Tree, requires: readonly Requirement[], types: MergeTypes): boolean {
  return Object.keys(representation).some((name) => {
    if (name === "__typename" || representation[name] === null) return false;
    if (types.isKeyField(String(tree.__typename), name)) return true;
    return requires.some((part) => "type" in part && types.isKeyField(part.type, name));
  });
}

/** Sets values or renames keys at a path below an object; lists on the way are passed through. */
export function rewriteData(value: unknown, { path, action }: Rewrite, types: MergeTypes, depth = 0): void {
  if (Array.isArray(value)) {
    for (const item of value) rewriteData(item, { path, action }, types, depth);
    return;
  }
  const step = path[depth];
  if (!isTree(value) || step === undefined) return;
  if (typeof step !== "string") {
    if (value.__typename === undefined || step.some((type) => types.matches(value.__typename, type))) {
      rewriteData(value, { path, action }, types, depth + 1);
    }
  } else if (step === "@") rewriteData(value, { path, action }, types, depth + 1);
  else if (depth < path.length - 1) rewriteData(value[step], { path, action }, types, depth + 1);
  else if ("set" in action) value[step] = action.set;
  else if (Object.hasOwn(value, step)) {
    const moved = { [action.rename]: value[step] };
    delete value[step];
    // The object may have the field under its real key too, with other selections.
    mergeData(value, moved, types);
  }
}

/** The objects that one representation stands for. */
export interface EntityGroup {
  /** What the subgraph is told that they are. */
  readonly typename: string;
  readonly targets: Tree[];
}

/** Entities to be asked for together. `context` has the arguments that they have in common. */
export interface EntityBatch {
  readonly groups: readonly EntityGroup[];
  /** The representations as JSON text, in the order of the groups. */
  readonly representations: string;
  readonly context: Readonly<Record<string, unknown>>;
}

function contextOf(place: ReturnType<typeof placesAt>[number], entity: EntityInput, types: MergeTypes) {
  return Object.fromEntries(
    entity.contexts.map(({ variable, levels, path }) => {
      let around: typeof place | undefined = place;
      for (let level = 0; level < levels; level += 1) around = around?.around;
      return [variable, around === undefined ? null : (valueAt(around.tree, path, types) ?? null)];
    }),
  );
}

function valueAt(value: unknown, path: Path, types: MergeTypes): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => valueAt(item, path, types));
  if (!isTree(value)) return value;
  if (typeof step === "string") return valueAt(value[step], rest, types);
  return step.some((type) => types.matches(value.__typename, type)) ? valueAt(value, rest, types) : undefined;
}

class Grouping {
  /** By the representation's text, or by what tells representations with the same leaves apart. */
  readonly #byText = new Map<string, EntityGroup>();
  readonly #groups: EntityGroup[];
  readonly #texts: string[];
  readonly #entity: EntityInput;
  readonly #types: MergeTypes;
  readonly #how: Representing;
  readonly #leaves: RequiredType | undefined;

  constructor(
    entity: EntityInput,
    how: Representing,
    begun: { groups: EntityGroup[]; texts: string[] } = { groups: [], texts: [] },
  ) {
    this.#groups = begun.groups;
    this.#texts = begun.texts;
    this.#entity = entity;
    this.#types = how.types;
    this.#how = how;
    this.#leaves = leavesOf(entity);
  }

  batch(context: EntityBatch["context"]): readonly EntityBatch[] {
    if (this.#texts.length === 0) return [];
    return [{ groups: this.#groups, representations: `[${this.#texts.join(",")}]`, context }];
  }

  add(tree: Tree): void {
    if (this.#leaves !== undefined) {
      if (!this.#types.matches(tree.__typename, this.#leaves.type)) return;
      const key = this.#leafKey(this.#leaves.selections as readonly RequiredField[], tree);
      // A leaf may be a custom scalar that is an object: that one is compared by its text.
      if (key !== undefined) {
        const group = this.#byText.get(key);
        if (group !== undefined) group.targets.push(tree);
        else this.#addGroup(key, tree);
        return;
      }
    }
    this.#addGroup(undefined, tree);
  }

  #leafKey(fields: readonly RequiredField[], tree: Tree): string | undefined {
    let key = "";
    for (const { source } of fields) {
      const value = tree[source];
      if (typeof value === "string") key += `${value.length}:${value}`;
      else if (typeof value === "object" && value !== null) return undefined;
      else key += `,${String(value)}`;
    }
    return key;
  }

  #addGroup(leafKey: string | undefined, tree: Tree): void {
    const representation: Tree = {};
    // What could not be fetched before cannot be asked about now; an entity without any key is nobody.
    const { requires } = this.#entity;
    const isWhole = represent(requires, tree, this.#how, representation);
    if (!isWhole || !hasKey(representation, tree, requires, this.#types)) {
      if ("__typename" in representation) this.#how.lost.add(tree);
      return;
    }
    for (const rewrite of this.#entity.inputRewrites) rewriteData(representation, rewrite, this.#types);
    const text = JSON.stringify(representation);
    const key = leafKey ?? text;
    const group = this.#byText.get(key);
    if (group !== undefined) {
      group.targets.push(tree);
      return;
    }
    const made = { typename: String(representation.__typename), targets: [tree] };
    this.#byText.set(key, made);
    this.#groups.push(made);
    this.#texts.push(text);
  }
}

function collectEntities(
  root: Tree,
  entity: EntityInput,
  collect: EntityCollector,
  how: Representing,
): readonly EntityBatch[] {
  const collection: Collection = { groups: [], texts: [], others: [] };
  collect(root, how.types.matches, collection);
  const { groups, texts, others } = collection;
  if (others.length === 0) {
    return texts.length === 0 ? [] : [{ groups, representations: `[${texts.join(",")}]`, context: {} }];
  }
  const grouping = new Grouping(entity, how, { groups, texts });
  for (const tree of others) grouping.add(tree);
  return grouping.batch({});
}

/** Finds the objects that an entity fetch completes; those with equal representations (and contexts) are one. */
export function groupEntities(root: Tree, entity: EntityInput, how: Representing): readonly EntityBatch[] {
  const { types } = how;
  const collect = collectorOf(entity, types.isKeyField);
  if (collect !== undefined) return collectEntities(root, entity, collect, how);
  if (entity.contexts.length === 0) {
    const grouping = new Grouping(entity, how);
    for (const path of entity.paths) for (const tree of objectsAt(root, path, types.matches)) grouping.add(tree);
    return grouping.batch({});
  }
  const byContext = new Map<string, { grouping: Grouping; context: Record<string, unknown> }>();
  for (const path of entity.paths) {
    for (const place of placesAt(root, path, types.matches)) {
      const context = contextOf(place, entity, types);
      const text = JSON.stringify(context);
      const batch = byContext.get(text) ?? { grouping: new Grouping(entity, how), context };
      byContext.set(text, batch);
      batch.grouping.add(place.tree);
    }
  }
  return [...byContext.values()].flatMap(({ grouping, context }) => grouping.batch(context));
}

/** A copy of an answer's data that shares nothing with it. */
function cloneTree(tree: Tree): Tree {
  // Spreading copies an object of a known shape at once, a key `__proto__` too; only what is nested is looked at.
  const copy = { ...tree };
  for (const key in copy) {
    const value = copy[key];
    if (typeof value !== "object" || value === null) continue;
    // Assigned, it would become the prototype.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: cloneJson(value) });
    else copy[key] = cloneJson(value);
  }
  return copy;
}

/** A copy of JSON data that shares nothing with it. */
export function cloneJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) return cloneTree(value as Tree);
  const copy = new Array<unknown>(value.length);
  for (let index = 0; index < value.length; index += 1) {
    const item = value[index] as unknown;
    copy[index] = typeof item === "object" && item !== null ? cloneJson(item) : item;
  }
  return copy;
}

/** What becomes of an entity that cannot be merged. */
export interface EntityLosses {
  /** It is no object, or of a type that was not asked for. */
  readonly refuse: (group: EntityGroup) => void;
  /** The subgraph has none. */
  readonly lose: (group: EntityGroup) => void;
}

/** What entities were fetched for, and which of their keys were selected. */
export interface AskedEntities {
  readonly entity: EntityInput;
  readonly asked: Selected;
}

/**
 * Adds a subgraph's entities to the objects that they complete; what was not selected of them is left out.
 * @param isShared - whether others read the same entities, so that nothing of them may be changed or put in as it is
 */
export function mergeEntities(
  batch: EntityBatch,
  entities: readonly unknown[],
  { entity, asked }: AskedEntities,
  types: MergeTypes,
  losses: EntityLosses,
  isShared = false,
): void {
  const mustCopyFirst = isShared && entity.outputRewrites.length > 0;
  batch.groups.forEach((group, index) => {
    const given = entities[index];
    const value = mustCopyFirst ? cloneJson(given) : given;
    if (value === null || value === undefined) {
      losses.lose(group);
      return;
    }
    if (!isTree(value) || (typeof value.__typename === "string" && !types.matches(value.__typename, group.typename))) {
      losses.refuse(group);
      return;
    }
    const scalars = scalarMergeOf(entity, value, asked);
    if (scalars?.fits(value) === true) {
      for (const target of group.targets) scalars.merge(target, value, types.isObjectType);
      return;
    }
    const own = onlyAsked(value, asked);
    for (const rewrite of entity.outputRewrites) rewriteData(own, rewrite, types);
    const last = group.targets.length - 1;
    group.targets.forEach((target, position) => {
      // Two places of the answer may go different ways from here on: none shares its nested objects.
      mergeData(target, own, types, isShared || position !== last);
    });
  });
}
