import { join } from "node:path";
import {
  type DeploymentFile,
  type DeploymentSettings,
  issuerOf,
  local,
  type SecretOwner,
  secretPath,
  tokenIssuer,
} from "./deployment-settings.ts";
import { publicKeySet, publicPem } from "./key-material.ts";

const partnerId = "ETALASE01";
const transfer = { bankCode: "950", sourceAccountNo: "9500012345678" };

function providersFile({ keys, ports }: DeploymentSettings): object {
  const merchant = (provider: keyof typeof keys.providers, port: number) => ({
    baseUrl: local(port),
    partnerId,
    channelId: "95221",
    ...keys.providers[provider].outbound,
    privateKeyPem: keys.providers[provider].merchantPrivateKeyPem,
    providerPublicKeyPem: publicPem(keys.providers[provider].providerPrivateKeyPem),
    inbound: keys.providers[provider].inbound,
  });
  return {
    "bank-cendana": {
      ...merchant("bank-cendana", ports.bankCendana),
      virtualAccount: { partnerServiceId: "   88123" },
      qris: { merchantId: "ID1026000000017", storeId: "ETALASE-01" },
      transfer,
    },
    "bank-meranti": {
      ...merchant("bank-meranti", ports.bankMeranti),
      virtualAccount: { partnerServiceId: "   70014" },
    },
    kantong: { ...merchant("kantong", ports.kantong), wallet: { merchantId: "ETALASE-KANTONG" } },
    lumbung: { ...merchant("lumbung", ports.lumbung), wallet: { merchantId: "ETALASE-LUMBUNG" } },
    gerbang: { baseUrl: local(ports.gerbang), ...keys.gerbang },
  };
}

function couriersFile({ keys, ports }: DeploymentSettings): object {
  const { username, password, privateKeyPem } = keys.rantauEkspres;
  return {
    "lintas-kurir": { baseUrl: local(ports.lintasKurir), ...keys.lintasKurir },
    "rantau-ekspres": {
      baseUrl: local(ports.rantauEkspres),
      username,
      password,
      publicKeyPem: publicPem(privateKeyPem),
    },
  };
}

function sandboxFile(settings: DeploymentSettings): object {
  const { keys, ports } = settings;
  const provider = (name: keyof typeof keys.providers, port: number) => ({
    port,
    partnerId,
    ...keys.providers[name].outbound,
    merchantPublicKeyPem: publicPem(keys.providers[name].merchantPrivateKeyPem),
    privateKeyPem: keys.providers[name].providerPrivateKeyPem,
    merchantCallbackUrl: local(ports.commerceCallback, `/snap/${name}`),
    callback: keys.providers[name].inbound,
  });
  return {
    identity: {
      port: ports.identity,
      issuer: issuerOf(ports),
      keyFile: secretPath(settings, "sandbox", "identity-key.json"),
    },
    providers: {
      "bank-cendana": {
        ...provider("bank-cendana", ports.bankCendana),
        virtualAccount: { partnerServiceId: "   88123" },
        qris: { merchantId: "ID1026000000017", storeId: "ETALASE-01" },
        transfer,
      },
      "bank-meranti": {
        ...provider("bank-meranti", ports.bankMeranti),
        virtualAccount: { partnerServiceId: "   70014" },
      },
      kantong: { ...provider("kantong", ports.kantong), wallet: { merchantId: "ETALASE-KANTONG" } },
      lumbung: { ...provider("lumbung", ports.lumbung), wallet: { merchantId: "ETALASE-LUMBUNG" } },
      gerbang: {
        port: ports.gerbang,
        ...keys.gerbang,
        webhookUrl: local(ports.commerceCallback, "/gerbang/webhook"),
      },
    },
    couriers: {
      "lintas-kurir": {
        port: ports.lintasKurir,
        ...keys.lintasKurir,
        callbackUrl: local(ports.commerceCallback, "/couriers/lintas-kurir/tracking"),
      },
      "rantau-ekspres": {
        port: ports.rantauEkspres,
        ...keys.rantauEkspres,
        callbackUrl: local(ports.commerceCallback, "/couriers/rantau-ekspres/tracking"),
      },
    },
  };
}

function gatewayFile(settings: DeploymentSettings, presetFile: string): object {
  const { ports, root } = settings;
  const issuer = issuerOf(ports);
  return {
    port: ports.gateway,
    supergraph: join(root, "schema", "supergraph.graphql"),
    engine: "etalase",
    explain: "scope gateway:explain",
    subgraphs: {
      storefront: { url: local(ports.storefront, "/graphql"), organisation: "storefront", timeoutMs: 5_000 },
      commerce: { url: local(ports.commerce, "/graphql"), organisation: "commerce", timeoutMs: 10_000 },
    },
    identity: {
      issuers: [{ issuer, jwksUrl: local(ports.identity, "/.well-known/jwks.json"), audience: "etalase" }],
    },
    organisationTokens: {
      issuer: tokenIssuer,
      keyFile: secretPath(settings, "gateway", "organisation-token-key.json"),
      pairwiseSecretFile: secretPath(settings, "gateway", "pairwise-secret"),
      lifetimeSeconds: 300,
    },
    // What both organisations stream are states: the first event is the state now, and each later one is whole.
    subscriptions: {
      fields: {
        orderUpdated: { kind: "state" },
        flashSaleUpdated: { kind: "state" },
        // It tells how many watch: the storefront must know how many one stream stands for.
        liveSessionUpdated: { kind: "state", countsMembers: true },
      },
    },
    explorer: { presetFile },
  };
}

/**
 * The files of all processes: keys, and settings that name the ports. What both parties of a payment must know is
 * rendered from one place, so that they agree.
 */
export function deploymentFiles(settings: DeploymentSettings, presetFile: string): DeploymentFile[] {
  const { keys } = settings;
  const file = (owner: SecretOwner, name: string, content: object | string) => ({
    path: secretPath(settings, owner, name),
    content: typeof content === "string" ? content : JSON.stringify(content, null, 2),
  });
  return [
    file("gateway", "config.json", gatewayFile(settings, presetFile)),
    file("gateway", "organisation-token-key.json", keys.organisationTokenKey),
    file("gateway", "pairwise-secret", keys.pairwiseSecret),
    file("storefront", "gateway-jwks.json", publicKeySet(keys.organisationTokenKey)),
    file("storefront", "attribution-key.json", keys.attributionKey),
    file("storefront", "event-jwks.json", publicKeySet(keys.eventKey)),
    file("commerce", "gateway-jwks.json", publicKeySet(keys.organisationTokenKey)),
    file("commerce", "attribution-jwks.json", publicKeySet(keys.attributionKey)),
    file("commerce", "event-keys.json", { keys: [keys.eventKey] }),
    file("commerce", "providers.json", providersFile(settings)),
    file("commerce", "couriers.json", couriersFile(settings)),
    file("sandbox", "identity-key.json", keys.identityKey),
    file("sandbox", "config.json", sandboxFile(settings)),
  ];
}
