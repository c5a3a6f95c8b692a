import { parseArgs } from "node:util";
import { OperatorRefusal } from "../domain/operator-act.ts";
import type { CommerceParts } from "../parts.ts";

/** A command of the operator's: answers a line for each thing found or done. */
export type OperatorCommand = (parts: CommerceParts, args: readonly string[]) => Promise<readonly object[]>;

/** What was typed: words in their order, and options by name without their dashes. */
export interface Typed {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Reads `word --option VALUE ...`. @throws OperatorRefusal for an option that is not among `names`, or without a value. */
export function readTyped(args: readonly string[], names: readonly string[]): Typed {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { words: positionals, options: values };
  } catch (error) {
    throw new OperatorRefusal(
      `${error instanceof Error ? error.message : String(error)}; it takes --${names.join(", --")}`,
    );
  }
}

/** A word or an option that must be there. @throws OperatorRefusal that names it. */
export function needed(value: string | undefined, name: string): string {
  if (value === undefined || value.trim() === "") throw new OperatorRefusal(`say ${name}`);
  return value.trim();
}
