/**
 * A document without what does not change how long it takes to plan: names of its own (operation, fragments, variables,
 * aliases) and literals. Two of one shape are variants of each other; linear in the text.
 */
export function documentShape(document: string): string {
  return document
    .replace(/"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\b(query|mutation|subscription|fragment)\s+\w+/g, "$1")
    .replace(/\.\.\.\s*(?!on\b)\w+/g, "...")
    .replace(/\$\w+/g, "$")
    .replace(/\b[A-Za-z_]\w*\s*:\s*/g, "")
    .replace(/-?\b\d[\d.eE+-]*/g, "0")
    .replace(/\s+/g, " ");
}
