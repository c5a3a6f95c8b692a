/** What came back over the wire. `httpStatus` null: no answer. */
export interface RawAnswer {
  readonly httpStatus: number | null;
  readonly text: string;
}

/** Reads an answer's body as JSON; what is not JSON is kept as text. */
export function parse(text: string): { body: unknown; responseCode: string | null } {
  try {
    const body: unknown = JSON.parse(text);
    const code = (body as { responseCode?: unknown } | null)?.responseCode;
    return { body, responseCode: typeof code === "string" ? code : null };
  } catch {
    return { body: text.slice(0, 2_000), responseCode: null };
  }
}

/** Posts to the merchant; never throws for what the merchant does. */
export async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<RawAnswer> {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    return { httpStatus: response.status, text: await response.text() };
  } catch (error) {
    return { httpStatus: null, text: JSON.stringify({ noAnswer: error instanceof Error ? error.message : "unknown" }) };
  }
}
