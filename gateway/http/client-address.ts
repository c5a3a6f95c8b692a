import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";

/** Tells whether an address is a proxy's that is believed about whom it speaks for. */
export type IsTrusted = (address: string) => boolean;

const mapped = /^::ffff:(?=\d+\.)/i;

function kindOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

/** Whether a text is an address or a range of them, as `10.0.0.7` or `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const longest = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
}

/** Makes the test from addresses and ranges; none: nobody is believed. */
export function trustOf(ranges: readonly string[]): IsTrusted {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    if (prefix === undefined) list.addAddress(address, kindOf(address));
    else list.addSubnet(address, Number(prefix), kindOf(address));
  }
  return (address) => {
    const plain = address.replace(mapped, "");
    return isIP(plain) !== 0 && list.check(plain, kindOf(plain));
  };
}

/**
 * The client's address: that of the connection, unless it is a trusted proxy's; then the right-most one of
 * `X-Forwarded-For` that is not. What stands left of that was written by whoever wanted to. As fastify's `request.ip`.
 */
export function addressOf({ headers, socket }: IncomingMessage, isTrusted: IsTrusted): string {
  const given = headers["x-forwarded-for"] ?? "";
  const hops = String(given)
    .split(",")
    .map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  let address = socket.remoteAddress ?? "";
  while (isTrusted(address)) {
    const next = hops.pop();
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/** What clients are counted by: an IPv4 address, or the first half of an IPv6 one, which is what one line is given. */
export function networkOf(address: string): string {
  const plain = address.replace(mapped, "");
  if (isIP(plain) !== 6) return plain;
  const [start = "", end] = plain.split("%")[0]?.split("::") ?? [];
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const first = groups(start);
  const last = groups(end);
  const middle = end === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => "0");
  const half = [...first, ...middle, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${half.join(":")}::/64`;
}
