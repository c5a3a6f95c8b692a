import type { ProductOption, SelectedOption } from "./catalogue.ts";
import type { ProductChanges, StockMovementReason } from "./listing.ts";
import { type InvalidInput, invalidInput } from "./refusals.ts";

/** A variant as a seller describes it. */
export interface VariantDraft {
  readonly sku: string;
  /** One value of each option, in the order of the options. */
  readonly optionValues: readonly string[];
  readonly priceMinor: bigint;
  readonly weightGrams: number;
  readonly pieces: number;
}

/** A product as a seller describes it. */
export interface ProductDraft {
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string;
  readonly options: readonly ProductOption[];
  readonly variants: readonly VariantDraft[];
}

const mostOptions = 3;
const mostValues = 20;
const mostVariants = 100;
const mostPieces = 1_000_000;
const mostGrams = 1_000_000;
const highestPriceMinor = 100_000_000_000n;

function isLengthWithin(text: string, least: number, most: number): boolean {
  const { length } = [...text.trim()];
  return length >= least && length <= most;
}

function hasRepetition(texts: readonly string[]): boolean {
  return new Set(texts.map((text) => text.trim().toLowerCase())).size < texts.length;
}

function isWithin(number: number, least: number, most: number): boolean {
  return number >= least && number <= most;
}

/** Checks title, description and picture, as far as they are given. */
export function checkProductTexts({ title, description, imageUrl }: ProductChanges): InvalidInput | null {
  if (title !== undefined && !isLengthWithin(title, 3, 120)) return invalidInput("input.title", "3 to 120 characters");
  if (description !== undefined && !isLengthWithin(description, 0, 5_000)) {
    return invalidInput("input.description", "at most 5,000 characters");
  }
  if (imageUrl !== undefined && imageUrl.length > 500) return invalidInput("input.imageUrl", "at most 500 characters");
  return null;
}

/** Checks a regular price: above 0.00, at most 1,000,000,000.00. */
export function checkPrice(priceMinor: bigint, field: string): InvalidInput | null {
  if (priceMinor > 0n && priceMinor <= highestPriceMinor) return null;
  return invalidInput(field, "above 0.00 and at most 1000000000.00");
}

function checkOptions(options: readonly ProductOption[]): InvalidInput | null {
  if (options.length > mostOptions) return invalidInput("input.options", `at most ${mostOptions}`);
  if (hasRepetition(options.map(({ name }) => name))) return invalidInput("input.options", "each name once");
  for (const [index, { name, values }] of options.entries()) {
    const field = `input.options.${index}`;
    if (!isLengthWithin(name, 1, 40)) return invalidInput(`${field}.name`, "1 to 40 characters");
    if (!isWithin(values.length, 1, mostValues)) return invalidInput(`${field}.values`, `1 to ${mostValues} values`);
    if (hasRepetition(values)) return invalidInput(`${field}.values`, "each value once");
    if (!values.every((value) => isLengthWithin(value, 1, 40))) {
      return invalidInput(`${field}.values`, "each 1 to 40 characters");
    }
  }
  return null;
}

function checkVariant(variant: VariantDraft, options: readonly ProductOption[], field: string): InvalidInput | null {
  const { sku, optionValues, priceMinor, weightGrams, pieces } = variant;
  if (!isLengthWithin(sku, 1, 40)) return invalidInput(`${field}.sku`, "1 to 40 characters");
  const isChosen = options.every(({ values }, index) => values.includes(optionValues[index] ?? ""));
  if (optionValues.length !== options.length || !isChosen) {
    return invalidInput(`${field}.optionValues`, "one value of each option, in the order of the options");
  }
  if (!isWithin(weightGrams, 1, mostGrams)) return invalidInput(`${field}.weightGrams`, "1 to 1,000,000");
  if (!isWithin(pieces, 0, mostPieces)) return invalidInput(`${field}.pieces`, "0 to 1,000,000");
  return checkPrice(priceMinor, `${field}.price`);
}

/** Checks a product that is to be listed; answers the first thing that is wrong. */
export function checkDraft({ options, variants, ...texts }: ProductDraft): InvalidInput | null {
  const wrong = checkProductTexts(texts) ?? checkOptions(options);
  if (wrong !== null) return wrong;
  if (!isWithin(variants.length, 1, mostVariants)) return invalidInput("input.variants", `1 to ${mostVariants}`);
  if (hasRepetition(variants.map(({ sku }) => sku))) return invalidInput("input.variants", "each sku once");
  for (const [index, variant] of variants.entries()) {
    const found = checkVariant(variant, options, `input.variants.${index}`);
    if (found !== null) return found;
  }
  const choices = variants.map(({ optionValues }) => JSON.stringify(optionValues));
  if (new Set(choices).size === choices.length) return null;
  return invalidInput("input.variants", "each choice of option values once; without options there is one variant");
}

/** The values that a variant has of the options. */
export function selectionOf(options: readonly ProductOption[], { optionValues }: VariantDraft): SelectedOption[] {
  return options.map(({ name }, index) => ({ name, value: optionValues[index] ?? "" }));
}

const comes: readonly StockMovementReason[] = ["RECEIVED", "COUNTED"];
const goes: readonly StockMovementReason[] = ["DAMAGED", "LOST", "SENT_BACK", "COUNTED"];

/** Checks how many pieces a seller moves and why. */
export function checkMovement(pieces: number, reason: StockMovementReason, note: string | null): InvalidInput | null {
  if (pieces === 0 || !isWithin(pieces, -mostPieces, mostPieces)) {
    return invalidInput("input.pieces", "-1,000,000 to 1,000,000, and not 0");
  }
  if (!(pieces > 0 ? comes : goes).includes(reason)) {
    return invalidInput("input.reason", `one of ${(pieces > 0 ? comes : goes).join(", ")} for so many pieces`);
  }
  if (note !== null && !isLengthWithin(note, 0, 200)) return invalidInput("input.note", "at most 200 characters");
  return null;
}
