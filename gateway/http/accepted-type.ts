import { BoundedCache } from "../policy/bounded-cache.ts";

/** One media type of an Accept header. */
interface AcceptedType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

interface OfferedType {
  readonly name: string;
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Match {
  readonly specificity: number;
  readonly quality: number;
  readonly order: number;
}

const wildcard = "*";

function readType(text: string): Omit<OfferedType, "name"> | undefined {
  const [essence = "", ...rest] = text.split(";");
  const match = /^\s*([^\s/;]+)\/([^\s;]+)\s*$/.exec(essence);
  if (match === null) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [name = "", value = ""] = part.split("=");
    parameters.set(
      name.trim().toLowerCase(),
      value
        .trim()
        .replace(/^"(.*)"$/, "$1")
        .toLowerCase(),
    );
  }
  return { type: (match[1] ?? "").toLowerCase(), subtype: (match[2] ?? "").toLowerCase(), parameters };
}

function readAccept(header: string): readonly AcceptedType[] {
  return header.split(",").flatMap((text): AcceptedType[] => {
    const read = readType(text);
    if (read === undefined) return [];
    const { q, ...others } = Object.fromEntries(read.parameters);
    return [
      { ...read, parameters: new Map(Object.entries(others)), quality: q === undefined ? 1 : Number.parseFloat(q) },
    ];
  });
}

function match(offered: OfferedType, accepted: AcceptedType, order: number): Match | undefined {
  let specificity = 0;
  if (accepted.type === offered.type) specificity += 4;
  else if (accepted.type !== wildcard) return undefined;
  if (accepted.subtype === offered.subtype) specificity += 2;
  else if (accepted.subtype !== wildcard) return undefined;
  if (accepted.parameters.size > 0) {
    for (const [name, value] of accepted.parameters) {
      if (value !== wildcard && value !== offered.parameters.get(name)) return undefined;
    }
    specificity += 1;
  }
  return { specificity, quality: accepted.quality, order };
}

function better(a: Match, b: Match | undefined): boolean {
  if (b === undefined || a.specificity !== b.specificity) return b === undefined || a.specificity > b.specificity;
  return a.quality === b.quality ? a.order < b.order : a.quality > b.quality;
}

function choose(offers: readonly OfferedType[], header: string): string | undefined {
  const accepted = readAccept(header);
  const matches = offers.flatMap((offered) => {
    let best: Match | undefined;
    accepted.forEach((one, order) => {
      const found = match(offered, one, order);
      if (found !== undefined && better(found, best)) best = found;
    });
    return best === undefined || !(best.quality > 0) ? [] : [{ name: offered.name, ...(best as Match) }];
  });
  matches.sort((a, b) => b.quality - a.quality || b.specificity - a.specificity || a.order - b.order);
  return matches[0]?.name;
}

const rememberedHeaders = 1_000;
const longestHeader = 1_000;

/**
 * Chooses among media types by an Accept header; the first one offered where nothing is asked for, undefined where none
 * will do. Source: RFC 9110, section 12.5.1; ties are broken as Apollo Server breaks them.
 */
export function createTypeChooser(offers: readonly string[]): (accept: string | undefined) => string | undefined {
  const read = offers.flatMap((name) => {
    const type = readType(name);
    return type === undefined ? [] : [{ name, ...type }];
  });
  const known = new BoundedCache<string, { readonly chosen: string | undefined }>(rememberedHeaders);
  return (accept) => {
    if (accept === undefined || accept === "") return offers[0];
    const present = known.get(accept);
    if (present !== undefined) return present.chosen;
    const chosen = choose(read, accept);
    if (accept.length <= longestHeader) known.set(accept, { chosen });
    return chosen;
  };
}
