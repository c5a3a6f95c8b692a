// NUL and halves of surrogate pairs: JSON can write them, PostgreSQL's text and jsonb cannot keep them.
const unkeepable = /\0|\p{Surrogate}/u;

/** Whether every name and text of a JSON document can be kept in the database; false for what is no JSON. */
export function isKeepable(json: Buffer): boolean {
  try {
    JSON.parse(json.toString("utf8"), (key, value: unknown) => {
      if (unkeepable.test(key) || (typeof value === "string" && unkeepable.test(value))) throw new SyntaxError(key);
      return value;
    });
    return true;
  } catch {
    // Both are one refusal to the caller: a malformed body.
    return false;
  }
}
