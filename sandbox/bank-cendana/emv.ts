/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, no reflection. Source: EMV QRCPS merchant-presented, 4.7.3. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, "utf8")) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}

function field(id: string, value: string): string {
  const length = [...value].length;
  if (length === 0 || length > 99) throw new RangeError(`EMV field ${id} must have 1 to 99 characters`);
  return `${id}${String(length).padStart(2, "0")}${value}`;
}

/** What a dynamic QRIS says. */
export interface QrisContent {
  readonly merchantId: string;
  readonly merchantName: string;
  readonly merchantCity: string;
  readonly postalCode: string;
  /** Decimal string with two decimals. */
  readonly amount: string;
  /** The provider's reference, told back by the payer's application. */
  readonly reference: string;
  readonly terminalId: string;
}

/**
 * Writes a dynamic (01 = 12) QRIS: EMV merchant-presented TLV with the national merchant account (51, ID.CO.QRIS.WWW),
 * currency 360, country ID, and the CRC over everything up to and including its own id and length.
 * Source: EMV QRCPS 1.1; QRIS merchant-presented specification.
 */
export function qrisContent(content: QrisContent): string {
  const account = field("00", "ID.CO.CENDANA.WWW") + field("01", content.merchantId.slice(0, 32)) + field("03", "UMI");
  const national = field("00", "ID.CO.QRIS.WWW") + field("02", content.merchantId.slice(0, 15)) + field("03", "UMI");
  const additional = field("05", content.reference) + field("07", content.terminalId);
  const body =
    field("00", "01") +
    field("01", "12") +
    field("26", account) +
    field("51", national) +
    field("52", "5399") +
    field("53", "360") +
    field("54", content.amount) +
    field("58", "ID") +
    field("59", content.merchantName.slice(0, 25)) +
    field("60", content.merchantCity.slice(0, 15)) +
    field("61", content.postalCode) +
    field("62", additional);
  return `${body}6304${crc16(`${body}6304`)}`;
}

/** A text is not an EMV QR code. */
export class QrFormatError extends Error {
  override readonly name = "QrFormatError";
}

/** Reads TLV as a map from id to value and checks the CRC. @throws QrFormatError */
export function readQr(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const length = Number(text.slice(at + 2, at + 4));
    const value = text.slice(at + 4, at + 4 + length);
    if (!Number.isInteger(length) || length === 0 || value.length !== length)
      throw new QrFormatError(`the field at character ${at} is cut off`);
    fields.set(text.slice(at, at + 2), value);
    at += 4 + length;
  }
  if (fields.get("63") !== crc16(text.slice(0, -4))) throw new QrFormatError("the CRC does not match");
  return fields;
}
