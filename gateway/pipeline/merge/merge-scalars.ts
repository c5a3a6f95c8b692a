import type { Selected } from "../../plans/fetch-keys.ts";
import type { EntityInput } from "../../plans/plan.ts";
import type { Tree } from "../../projection/projection.ts";
import { onlyAsked } from "./only-asked.ts";

// Most entity fetches bring a few scalars for hundreds of objects. For those a function is generated that reads and sets
// each by its name; an entity that brings anything else (an object, a list, another set of keys) is left to the general way.

/** Merges entities of one fetch that have scalars only. */
export interface ScalarMerge {
  /** Whether an entity has exactly the keys that were generated for, all of them asked for, and no objects or lists. */
  readonly fits: (entity: Tree) => boolean;
  /** Adds its scalars to an object; what is there already is never replaced by null. */
  readonly merge: (target: Tree, entity: Tree, isObjectType: (name: unknown) => boolean) => void;
}

const merges = new WeakMap<EntityInput, ScalarMerge | "none">();

const graphqlName = /^[A-Za-z_][A-Za-z0-9_]*$/;

function statement(key: string, index: number): string {
  const [name, value, present] = [JSON.stringify(key), `a${index}`, `p${index}`];
  const read = `const ${value}=e[${name}],${present}=t[${name}];`;
  // An @interfaceObject subgraph knows an object by the interface's name only.
  if (key === "__typename")
    return `${read}if(${present}!==${value}&&(typeof ${present}!=="string"||!isObjectType(${present})))t[${name}]=${value};`;
  // An inherited member, as `constructor`, is a function: it is replaced.
  const isFree = `${present}===undefined||typeof ${present}==="function"`;
  return `${read}if(${value}===null?${isFree}:typeof ${present}!=="object"||${present}===null)t[${name}]=${value};`;
}

/** @param areAll - whether no other key was asked for: then others are not looked at, and not merged */
function fitsSource(keys: readonly string[], areAll: boolean): string {
  const leaves = keys.map((key, index) => {
    const value = `a${index}`;
    // An inherited member, as `constructor`, is there in every object.
    const inherited = key in Object.prototype ? `||!Object.hasOwn(e,${JSON.stringify(key)})` : "";
    return `const ${value}=e[${JSON.stringify(key)}];if(${value}===undefined${inherited}||(typeof ${value}==="object"&&${value}!==null))return false;`;
  });
  const others = areAll
    ? ""
    : `let i=0;for(const k in e){if(k!==keys[i])return false;i+=1;}if(i!==${keys.length})return false;`;
  return `${others}${leaves.join("")}return true;`;
}

function generate(first: Tree, asked: Selected): ScalarMerge | undefined {
  const keys = Object.keys(first);
  const isUsual = keys.every((key) => {
    const value = first[key];
    return graphqlName.test(key) && key !== "__proto__" && (typeof value !== "object" || value === null);
  });
  if (!isUsual) return undefined;
  // Keys are GraphQL names put through JSON.stringify: nothing of a subgraph's text is code.
  const fits = new Function("keys", `return function fits(e){${fitsSource(keys, keys.length === asked.size)}}`) as (
    names: readonly string[],
  ) => ScalarMerge["fits"];
  const merge = new Function(`return function merge(t,e,isObjectType){${keys.map(statement).join("")}}`);
  return { fits: fits(keys), merge: (merge as () => ScalarMerge["merge"])() };
}

/**
 * The generated merge of an entity fetch, made once from what was asked for of the first entity that it brings; undefined
 * where only the general way will do.
 */
export function scalarMergeOf(entity: EntityInput, first: Tree, asked: Selected): ScalarMerge | undefined {
  let present = merges.get(entity);
  if (present === undefined) {
    present = (entity.outputRewrites.length > 0 ? undefined : generate(onlyAsked(first, asked), asked)) ?? "none";
    merges.set(entity, present);
  }
  return present === "none" ? undefined : present;
}
