/** Text that is HTML already: what is put into `html` is escaped unless it is one. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// Characters that are not seen and turn what stands around them: a title must not be able to reverse a sum.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Escapes text for element content and quoted attributes, and leaves out what is not seen. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(unseen, "")
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

function render(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  return escapeHtml(String(value));
}

/** A template of HTML: every value is escaped that is not HTML itself, lists entry by entry. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(parts.reduce((whole, part, index) => whole + render(values[index - 1]) + part));
}
