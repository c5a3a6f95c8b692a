import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { IdentityConfig } from "../config.ts";
import { escapeHtml, page } from "../control/pages.ts";
import { ControlRequestError, readControl } from "../control/requests.ts";
import { createProviderMetrics } from "../metrics.ts";
import { createSandboxServer } from "../server.ts";
import { newSigningKey, readSigningKey, type SigningKey } from "./keys.ts";
import { defaultLifetimeSeconds, signToken } from "./tokens.ts";
import { findUser, signIn } from "./users.ts";

const audience = "etalase";

interface Identity {
  readonly issuer: string;
  readonly clock: Clock;
  /** The last one signs; the earlier ones stay published until a restart. */
  readonly keys: SigningKey[];
}

function signingKeyOf({ keys }: Identity): SigningKey {
  const key = keys.at(-1);
  if (key === undefined) throw new Error("the identity provider has no key");
  return key;
}

/** Source: RFC 6749, section 5.2. */
function refuse(reply: FastifyReply, error: string, description: string): FastifyReply {
  return reply.code(400).send({ error, error_description: description });
}

function serveMetadata(app: FastifyInstance, identity: Identity): void {
  const { issuer } = identity;
  app.get("/.well-known/openid-configuration", async () => ({
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: ["password"],
    response_types_supported: [],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: ["none"],
    id_token_signing_alg_values_supported: ["EdDSA", "RS256"],
    scopes_supported: [
      ...["storefront:engage", "storefront:publish", "commerce:buy"],
      ...["commerce:sell", "commerce:operate", "commerce:affiliate-statement", "gateway:explain"],
    ],
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "scope", "email", "phone_number"],
  }));
  app.get("/.well-known/jwks.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=60").send({ keys: identity.keys.map(({ publicJwk }) => publicJwk) }),
  );
}

function serveToken(app: FastifyInstance, identity: Identity): void {
  app.post("/token", async (request, reply) => {
    void reply.header("cache-control", "no-store");
    if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
      return refuse(reply, "invalid_request", "send the parameters as application/x-www-form-urlencoded");
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "");
    const [grantType, username, password] = ["grant_type", "username", "password"].map((name) => form.get(name));
    if (!grantType) return refuse(reply, "invalid_request", "grant_type is missing");
    if (grantType !== "password") return refuse(reply, "unsupported_grant_type", "only the password grant is served");
    if (!username || !password) return refuse(reply, "invalid_request", "username and password are needed");
    const user = signIn(username, password);
    if (user === undefined) return refuse(reply, "invalid_grant", "no such user, or a wrong password");
    const asked = form.get("scope")?.split(" ").filter(Boolean);
    if (asked?.some((scope) => !user.scopes.includes(scope)))
      return refuse(reply, "invalid_scope", `this user may have: ${user.scopes.join(" ") || "none"}`);
    const lifetimeSeconds = Number(form.get("expires_in") ?? defaultLifetimeSeconds);
    if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > defaultLifetimeSeconds)
      return refuse(reply, "invalid_request", `expires_in must be 1 to ${defaultLifetimeSeconds} seconds`);
    const scopes = asked ?? user.scopes;
    const { issuer, clock } = identity;
    const content = { issuer, audience, user, scopes, issuedAt: clock(), lifetimeSeconds };
    const accessToken = await signToken(signingKeyOf(identity), content);
    return { access_token: accessToken, token_type: "Bearer", expires_in: lifetimeSeconds, scope: scopes.join(" ") };
  });
}

const mintShape = z.object({
  username: z.string(),
  /** Seconds; negative: expired already. */
  expiresIn: z.int().min(-864_000).max(864_000).default(defaultLifetimeSeconds),
  scope: z.string().optional(),
  audience: z.string().default(audience),
  issuer: z.string().optional(),
  /** `unpublished`: signed by a key that the JWKS does not have. */
  key: z.enum(["published", "unpublished"]).default("published"),
});

/** Tokens no honest user could get, and key rotation. */
function serveControl(app: FastifyInstance, identity: Identity): void {
  app.post("/control/token", async (request) => {
    const options = readControl(mintShape, request);
    const user = findUser(options.username);
    if (user === undefined) throw new ControlRequestError(`no user ${options.username}`, 404);
    const key = options.key === "published" ? signingKeyOf(identity) : await newSigningKey();
    const scopes = options.scope?.split(" ").filter(Boolean) ?? user.scopes;
    const accessToken = await signToken(key, {
      issuer: options.issuer ?? identity.issuer,
      audience: options.audience,
      user,
      scopes,
      issuedAt: identity.clock(),
      lifetimeSeconds: options.expiresIn,
    });
    return { access_token: accessToken, token_type: "Bearer", expires_in: options.expiresIn, scope: scopes.join(" ") };
  });
  app.get<{ Params: { username: string } }>("/control/users/:username", async (request) => {
    const user = findUser(request.params.username);
    if (user === undefined) throw new ControlRequestError(`no user ${request.params.username}`, 404);
    return user;
  });
  app.post("/control/rotate-key", async (_request, reply) => {
    const key = await newSigningKey();
    identity.keys.push(key);
    return reply.code(201).send({ kid: key.kid });
  });
}

function servePage(app: FastifyInstance, { issuer }: Identity): void {
  const command = `curl -d grant_type=password -d username=demo-buyer -d password=etalase ${issuer}/token`;
  const content = `<p>Users <code>demo-buyer</code>, <code>demo-creator</code>, <code>demo-analyst</code>, <code>demo-seller</code>,
<code>demo-operator</code>, <code>demo-affiliate</code>, and any
<code>buyer-&lt;n&gt;</code> or <code>creator-&lt;n&gt;</code>; the password is <code>etalase</code>.</p>
<p><code>${escapeHtml(command)}</code></p>`;
  app.get("/", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(page("Identity provider (sandbox)", content)),
  );
}

/** Builds the identity provider. @throws ConfigurationError when its key cannot be used. */
export async function createIdentityServer(
  config: IdentityConfig,
  logger: Logger,
  clock: Clock,
): Promise<FastifyInstance> {
  const identity: Identity = { issuer: config.issuer, clock, keys: [await readSigningKey(config.keyFile)] };
  const app = createSandboxServer(logger, createProviderMetrics("identity"));
  serveMetadata(app, identity);
  serveToken(app, identity);
  serveControl(app, identity);
  servePage(app, identity);
  return app;
}
