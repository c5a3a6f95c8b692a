import type { Clock } from "../../../../platform/values/instants.ts";
import type { CallbackRoute } from "../../callbacks/route.ts";
import { accessTokenPath } from "./access-token.ts";
import { commonAnswers, snapAnswer } from "./callback-route.ts";
import { verifyTokenRequest } from "./inbound.ts";
import { createInboundTokens, inboundTokenLifetimeSeconds } from "./inbound-tokens.ts";
import type { SnapKeys } from "./party.ts";

const serviceCode = "73";

function asksForClientCredentials(body: Buffer): boolean | null {
  try {
    const json: unknown = JSON.parse(body.toString("utf8"));
    const grantType = (json as { grantType?: unknown } | null)?.grantType;
    return grantType === undefined ? null : grantType === "client_credentials";
  } catch {
    return false;
  }
}

/** The route where a provider gets the access token for its call-backs (service 73), proving itself by its RSA key. */
export function createTokenRoute(keys: SnapKeys, clock: Clock): CallbackRoute {
  return {
    name: `${keys.provider}.access-token`,
    path: `/snap/${keys.provider}${accessTokenPath}`,
    ...commonAnswers(serviceCode),
    handle: async (request) => {
      const now = clock();
      const verified = keys.accepted(now).map((party) => ({ party, ...verifyTokenRequest(party, request, now) }));
      const theirs = verified.find(({ ok }) => ok);
      const refusal = verified.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal]))[0];
      if (theirs === undefined) {
        return snapAnswer(serviceCode, refusal?.code ?? "40100", refusal?.message ?? "Unauthorized. Signature");
      }
      const isAsked = asksForClientCredentials(request.body);
      if (isAsked === null) return snapAnswer(serviceCode, "40002", "Invalid Mandatory Field grantType");
      if (!isAsked) return snapAnswer(serviceCode, "40001", "Invalid Field Format grantType");
      return snapAnswer(serviceCode, "20000", "Successful", {
        accessToken: await createInboundTokens(theirs.party, clock).issue(),
        tokenType: "Bearer",
        expiresIn: String(inboundTokenLifetimeSeconds),
      });
    },
  };
}
