const quote = 0x22;
const backslash = 0x5c;
const whiteSpace = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Removes the white space *between* the tokens of a JSON text, byte by byte, so that what was signed is what is hashed:
 * nothing is parsed or written anew, white space inside strings stays. Source: SNAP security guide, string to sign.
 */
export function minifyJson(body: Buffer): Buffer {
  const kept = Buffer.alloc(body.length);
  let length = 0;
  let isInString = false;
  let isEscaped = false;
  for (const byte of body) {
    if (!isInString && whiteSpace.has(byte)) continue;
    kept[length] = byte;
    length += 1;
    if (!isInString) isInString = byte === quote;
    else if (isEscaped) isEscaped = false;
    else if (byte === backslash) isEscaped = true;
    else isInString = byte !== quote;
  }
  return kept.subarray(0, length);
}
