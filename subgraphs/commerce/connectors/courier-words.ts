import { z } from "zod";

/** A courier's code: what every table is looked up by. */
export const codeField = z.string().regex(/^[\w -]{1,40}$/);

/** A place in a courier's words; what the database cannot keep is left out. */
export const placeField = z
  .string()
  .max(120)
  .regex(/^[^\0\p{Surrogate}]*$/u)
  .catch("");

/** Looks a code up; undefined for one that the table does not list, whatever objects have by birth. */
export function meaningOf<Meaning extends string>(
  table: Readonly<Record<string, Meaning>>,
  code: string,
): Meaning | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
