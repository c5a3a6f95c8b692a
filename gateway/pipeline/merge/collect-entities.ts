import type { EntityInput, Path, RequiredField, RequiredType } from "../../plans/plan.ts";
import type { TypeMatcher } from "../../projection/locate.ts";
import type { Tree } from "../../projection/projection.ts";

// Finding the objects that an entity fetch completes is most of a merge's work. For the usual fetch, whose representations
// are leaves of one type, a function is generated that walks its paths and compares leaves in place; objects that are
// not the usual case (a key that is no text, a leaf that is missing or an object) are handed back.

/** Objects that one representation stands for; `next` has the same key and other leaves. */
export interface CollectedGroup {
  readonly typename: string;
  readonly targets: Tree[];
  readonly next: CollectedGroup | undefined;
}

/** What was collected: groups, and the representation of each as JSON text. */
export interface Collection {
  readonly groups: CollectedGroup[];
  readonly texts: string[];
  /** Objects for the general way. */
  readonly others: Tree[];
}

/** Collects from the answer so far. */
export type EntityCollector = (root: Tree, matches: TypeMatcher, into: Collection) => void;

const collectors = new WeakMap<EntityInput, EntityCollector | "none">();

// Reading these from an object that lacks them gives a member of its prototype.
const inheritedNames = new Set(Object.getOwnPropertyNames(Object.prototype));

/** The leaves of a representation that has leaves of one type only; undefined for any other. */
export function leavesOf({ requires, inputRewrites }: EntityInput): RequiredType | undefined {
  const [only] = requires;
  if (requires.length !== 1 || inputRewrites.length > 0 || only === undefined || !("type" in only)) return undefined;
  const areLeaves = only.selections.every((field) => "source" in field && field.selections === undefined);
  return areLeaves ? only : undefined;
}

const quote = (text: string) => JSON.stringify(text);

/** Statements that walk a path from the value of a variable. Names are put through JSON.stringify: none is code. */
function walk(path: Path, depth: number, from: string): string {
  const step = path[depth];
  const isTree = `typeof ${from}==="object"&&${from}!==null&&!Array.isArray(${from})`;
  if (step === undefined) return `if(${isTree})add(${from});`;
  const next = `v${depth}`;
  const inner = walk(path, depth + 1, next);
  // A list of lists is one step: it goes to the bottom.
  if (step === "@")
    return `{const f${depth}=(${next})=>{${inner}};if(Array.isArray(${from}))each(${from},f${depth});else f${depth}(${from});}`;
  if (typeof step === "string") return `if(${isTree}){const ${next}=${from}[${quote(step)}];${inner}}`;
  const tests = step.map((type) => `matches(${from}.__typename,${quote(type)})`).join("||");
  const isNarrow = tests === "" ? "false" : tests;
  return `if(${isTree}&&(${from}.__typename===undefined||${isNarrow})){const ${next}=${from};${inner}}`;
}

function each(list: readonly unknown[], visit: (item: unknown) => void): void {
  for (const item of list) {
    if (Array.isArray(item)) each(item, visit);
    else visit(item);
  }
}

/** Statements that put one object into its group. */
function addSource(
  type: string,
  key: RequiredField,
  others: readonly RequiredField[],
  all: readonly RequiredField[],
): string {
  const names = new Map(all.map((field, index) => [field, `a${index}`]));
  const nameOf = (field: RequiredField) => names.get(field) ?? "";
  const reads = all.map((field) => `const ${nameOf(field)}=t[${quote(field.source)}];`);
  const unusual = others.map((field) => {
    const name = nameOf(field);
    return `${name}===undefined||(typeof ${name}==="object"&&${name}!==null)`;
  });
  const same = others.map((field) => `o[${quote(field.source)}]===${nameOf(field)}`);
  const text = all.map((field) => `${quote(`${quote(field.name)}:`)}+quote(${nameOf(field)})`).join('+","+');
  return `
    const n=t.__typename;
    if(n!==${quote(type)}&&!matches(n,${quote(type)}))return;
    ${reads.join("")}
    if(typeof ${nameOf(key)}!=="string"${unusual.map((test) => `||${test}`).join("")}){into.others.push(t);return;}
    const first=byKey.get(${nameOf(key)});
    for(let c=first;c!==undefined;c=c.next){const o=c.targets[0];if(${["true", ...same].join("&&")}){c.targets.push(t);return;}}
    const made={typename:String(n),targets:[t],next:first};
    byKey.set(${nameOf(key)},made);into.groups.push(made);into.texts.push("{"+${text}+"}");`;
}

function generate(entity: EntityInput): EntityCollector | undefined {
  const leaves = leavesOf(entity);
  if (leaves === undefined || entity.contexts.length > 0) return undefined;
  const fields = leaves.selections as readonly RequiredField[];
  const key = fields.find(({ name }) => name !== "__typename");
  const areOwn = fields.every(({ source, name }) => !inheritedNames.has(source) && !inheritedNames.has(name));
  const areDistinct = new Set(fields.map(({ name }) => name)).size === fields.length;
  if (key === undefined || !areOwn || !areDistinct) return undefined;
  const add = addSource(
    leaves.type,
    key,
    fields.filter((field) => field !== key),
    fields,
  );
  const walks = entity.paths.map((path) => walk(path, 0, "root")).join("\n");
  const source = `return function collect(root,matches,into){const byKey=new Map();const add=(t)=>{${add}};\n${walks}\n}`;
  const make = new Function("each", "quote", source) as (...parts: unknown[]) => EntityCollector;
  return make(each, JSON.stringify);
}

/** The generated collector of an entity fetch, made once; undefined where only the general way will do. */
export function collectorOf(entity: EntityInput): EntityCollector | undefined {
  let present = collectors.get(entity);
  if (present === undefined) {
    present = generate(entity) ?? "none";
    collectors.set(entity, present);
  }
  return present === "none" ? undefined : present;
}
