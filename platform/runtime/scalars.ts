import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { fromDecimal } from "../values/money.ts";

function inputError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}

function textScalar(
  name: string,
  check: (text: string) => boolean,
  expected: string,
): GraphQLScalarType<string, string> {
  function parse(value: unknown): string {
    if (typeof value === "string" && check(value)) return value;
    throw inputError(`${name} must be ${expected}`);
  }
  return new GraphQLScalarType({
    name,
    serialize: parse,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
  });
}

function isHttpUrl(text: string): boolean {
  return text.length <= 2048 && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isDecimal(text: string): boolean {
  try {
    fromDecimal(text);
    return true;
  } catch {
    return false;
  }
}

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function parseInstant(value: unknown): Date {
  const instant = typeof value === "string" && instantPattern.test(value) ? new Date(value) : undefined;
  if (instant !== undefined && !Number.isNaN(instant.getTime())) return instant;
  throw inputError("DateTime must be an instant with an offset, as 2026-11-24T03:15:00.000Z");
}

/** `DateTime`: a Date inside, ISO 8601 in UTC outside. Source: RFC 3339. */
export const dateTimeScalar = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  serialize: (value) => (value instanceof Date ? value : parseInstant(value)).toISOString(),
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : undefined),
});

/** `Url`: an absolute http(s) address of at most 2,048 characters. */
export const urlScalar = textScalar("Url", isHttpUrl, "an absolute http or https address");

/** `Decimal`: a decimal string with at most two decimals. */
export const decimalScalar = textScalar("Decimal", isDecimal, "a decimal string with at most two decimals");

/** `CurrencyCode`: three capital letters. Source: ISO 4217. */
export const currencyCodeScalar = textScalar("CurrencyCode", (text) => /^[A-Z]{3}$/.test(text), "a code of ISO 4217");
