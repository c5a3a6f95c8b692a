const quote = 0x22;
const backslash = 0x5c;
const whiteSpace = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Removes white space between JSON tokens, never inside strings; works on the bytes as they came.
 * Bytes that are not JSON pass through: a signature must not fail because the body will be refused later.
 * Source: SNAP, "MinifyJson" of the transaction signature; RFC 8259 section 2 (white space).
 */
export function minify(body: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(body.length);
  let length = 0;
  let insideString = false;
  let escaped = false;
  for (const byte of body) {
    if (!insideString && whiteSpace.has(byte)) continue;
    kept[length++] = byte;
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = insideString;
    else if (byte === quote) insideString = !insideString;
  }
  return kept.subarray(0, length);
}
