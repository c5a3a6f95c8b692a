/** An element: its text, or the elements inside it. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement extends XmlElement {
  text: string;
  readonly children: XmlElement[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const token = /<\?xml[^>]*\?>|<(\/?)([a-z_][a-z0-9_]*)(\/?)>|([^<]+)/gy;
const deepest = 8;

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|([a-z]+));/g, (whole, number?: string, name?: string) => {
    if (number === undefined) return entities[name ?? ""] ?? whole;
    const point = Number(number);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

/**
 * Reads the XML that Rantau Ekspres writes: elements and text, nothing else. Null for whatever has more (attributes, document
 * types, comments) or is not well-formed: it is not theirs, and there are no entities to expand.
 */
export function readXml(source: string): XmlElement | null {
  const root: OpenElement = { name: "", text: "", children: [] };
  const open: OpenElement[] = [root];
  let end = 0;
  for (const { 0: whole, 1: slash, 2: name, 3: isEmpty, 4: text, index } of source.matchAll(token)) {
    if (index !== end) return null;
    end = index + whole.length;
    const inside = open.at(-1);
    if (inside === undefined) return null;
    if (text !== undefined) inside.text += decode(text);
    else if (name === undefined) continue;
    else if (slash === "/") {
      if (inside.name !== name || open.length === 1) return null;
      open.pop();
    } else {
      const element: OpenElement = { name, text: "", children: [] };
      inside.children.push(element);
      if (isEmpty !== "/") open.push(element);
      if (open.length > deepest) return null;
    }
  }
  const [only, ...others] = root.children;
  const isWhole = end === source.length && open.length === 1 && others.length === 0 && root.text.trim() === "";
  return isWhole ? (only ?? null) : null;
}

/** The elements of that name inside another. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The text of the only element of that name inside another; undefined when there is none or there are several. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  const [found, ...others] = childrenOf(element, name);
  return others.length === 0 ? found?.text.trim() : undefined;
}
