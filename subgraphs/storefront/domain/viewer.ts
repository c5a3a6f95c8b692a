/** Somebody who does something here, known by the subject of the gateway's token for this organisation alone. */
export interface Viewer {
  readonly subject: string;
  /** Shown beside comments until the viewer opens a creator profile. */
  readonly name: string;
}

/** FNV-1a, 32 bits: spreads subjects over names; not a secret and not unique. Source: RFC 9923. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

/** The viewer behind a subject, with a made-up name such as `Pengguna 3F2A`: it tells nothing about the person. */
export function viewerOf(subject: string): Viewer {
  const hash = spread(subject);
  const short = ((hash >>> 16) ^ (hash & 0xffff)).toString(16).toUpperCase().padStart(4, "0");
  return { subject, name: `Pengguna ${short}` };
}
