import { createHash, timingSafeEqual } from "node:crypto";
import { deterministicId } from "../../platform/runtime/ids.ts";

/** A person who can sign in. E-mail and phone are personal data: they must go no further than the gateway. */
export interface User {
  readonly name: string;
  /** A UUID that says nothing about the person. */
  readonly subject: string;
  readonly email: string;
  readonly phoneNumber: string;
  readonly scopes: readonly string[];
}

const password = "etalase";
const memberScopes = ["storefront:engage", "storefront:publish", "commerce:buy"];
/** Sees the gateway's plans, and which organisation resolved what; nothing of any organisation's. */
const analystScopes = ["gateway:explain"];
const numbered = /^(buyer|creator)-(\d{1,9})$/;

function subjectOf(name: string): string {
  const bytes = createHash("sha256").update(`etalase sandbox identity\0${name}`).digest().subarray(0, 16);
  // Version 8: bits of the issuer's own making. Source: RFC 9562, section 5.8.
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// The seller acts for the first shop of the demo data; the affiliate is who reads the content organisation's statement.
const staffScopes: Readonly<Record<string, readonly string[]>> = {
  "demo-analyst": analystScopes,
  "demo-seller": ["commerce:sell", `commerce:shop:${deterministicId("shop", 0)}`],
  "demo-operator": ["commerce:operate"],
  "demo-affiliate": ["commerce:affiliate-statement"],
};

function scopesOf(name: string): readonly string[] | undefined {
  if (name === "demo-buyer" || name === "demo-creator" || numbered.test(name)) return memberScopes;
  return Object.hasOwn(staffScopes, name) ? staffScopes[name] : undefined;
}

/** The user of that name; undefined when there is none. Users are `demo-...` and any `buyer-<n>`, `creator-<n>`. */
export function findUser(name: string): User | undefined {
  const scopes = scopesOf(name);
  if (scopes === undefined) return undefined;
  const subject = subjectOf(name);
  const digits = BigInt(`0x${subject.replaceAll("-", "").slice(0, 12)}`)
    .toString()
    .padStart(9, "0")
    .slice(-9);
  return { name, subject, email: `${name}@pembeli.example`, phoneNumber: `+62812${digits}`, scopes };
}

/** The user when name and password belong together. All demo users share one password. */
export function signIn(name: string, given: string): User | undefined {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const isRight = timingSafeEqual(digest(given), digest(password));
  return isRight ? findUser(name) : undefined;
}
