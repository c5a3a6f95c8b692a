const isLong = process.env.TEST_ROUNDS === "long";

/** How often a race is run: a few times in the ordinary run, as often as said with `npm run races`. */
export function rounds(few: number, many: number): number {
  return isLong ? many : few;
}
