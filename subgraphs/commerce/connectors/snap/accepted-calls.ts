import type { Clock } from "../../../../platform/values/instants.ts";
import type { VerifyCall } from "./callback-route.ts";
import { type Verification, verifyAsymmetricCall, verifySymmetricCall } from "./inbound.ts";
import { createInboundTokens, type InboundTokens } from "./inbound-tokens.ts";
import type { SnapKeys, SnapParty } from "./party.ts";

/** The first proof that holds; when none does, what the current keys say. */
async function firstProof(
  parties: readonly SnapParty[],
  verify: (party: SnapParty) => Verification | Promise<Verification>,
): Promise<Verification> {
  const outcomes: Verification[] = [];
  for (const party of parties) {
    const outcome = await verify(party);
    if (outcome.ok) return outcome;
    outcomes.push(outcome);
  }
  return outcomes[0] ?? { ok: false, refusal: { code: "40100", message: "Unauthorized. Signature" } };
}

/** Proves calls that carry our access token and an HMAC, by any of the keys that are accepted at that moment. */
export function symmetricProof(keys: SnapKeys, clock: Clock): VerifyCall {
  const tokens = new WeakMap<SnapParty, InboundTokens>();
  const tokensOf = (party: SnapParty): InboundTokens => {
    const known = tokens.get(party) ?? createInboundTokens(party, clock);
    tokens.set(party, known);
    return known;
  };
  return (request, now) =>
    firstProof(keys.accepted(now), (party) => verifySymmetricCall(party, tokensOf(party), request, now));
}

/** Proves calls without access token, signed by RSA, by any of the keys that are accepted at that moment. */
export function asymmetricProof(keys: SnapKeys): VerifyCall {
  return (request, now) => firstProof(keys.accepted(now), (party) => verifyAsymmetricCall(party, request, now));
}
