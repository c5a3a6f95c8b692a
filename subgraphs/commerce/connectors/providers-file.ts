import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { readJsonFile } from "../../../platform/runtime/config.ts";
import type { SnapParty } from "./snap/party.ts";

function key(read: (pem: string) => KeyObject): z.ZodType<KeyObject> {
  return z.string().transform((pem, context) => {
    try {
      return read(pem);
    } catch {
      context.addIssue({ code: "custom", message: "is not an RSA key in PEM; generate the provider's keys again" });
      return z.NEVER;
    }
  });
}

const text = z.string().min(1);

const providerShape = z.object({
  baseUrl: z.url().transform((url) => url.replace(/\/+$/, "")),
  partnerId: text.max(36),
  channelId: text.max(5),
  clientKey: text,
  clientSecret: text,
  privateKeyPem: key(createPrivateKey),
  providerPublicKeyPem: key(createPublicKey),
  inbound: z.object({ clientKey: text, clientSecret: text }),
  /** 8 characters, left-padded with spaces. */
  virtualAccount: z.object({ partnerServiceId: z.string().length(8) }).optional(),
  qris: z.object({ merchantId: text, storeId: text }).optional(),
  wallet: z.object({ merchantId: text }).optional(),
  /** Our account at the bank, from which payouts are made. */
  transfer: z
    .object({ bankCode: z.string().regex(/^\d{3}$/), sourceAccountNo: z.string().regex(/^\d{6,20}$/) })
    .optional(),
});

/** What commerce knows of one provider: the party, and what each of its products needs. */
export interface ProviderSettings {
  readonly party: SnapParty;
  readonly virtualAccount?: { readonly partnerServiceId: string } | undefined;
  readonly qris?: { readonly merchantId: string; readonly storeId: string } | undefined;
  readonly wallet?: { readonly merchantId: string } | undefined;
  readonly transfer?: { readonly bankCode: string; readonly sourceAccountNo: string } | undefined;
}

/** Reads COMMERCE_PROVIDERS_FILE: settings by the provider's name. The only place secrets come from. @throws ConfigurationError */
export function readProvidersFile(path: string): ReadonlyMap<string, ProviderSettings> {
  const file = readJsonFile(z.record(z.string(), providerShape), path);
  return new Map(
    Object.entries(file).map(([provider, entry]) => {
      const { privateKeyPem, providerPublicKeyPem, virtualAccount, qris, wallet, transfer, ...plain } = entry;
      const party = { provider, ...plain, privateKey: privateKeyPem, providerPublicKey: providerPublicKeyPem };
      return [provider, { party, virtualAccount, qris, wallet, transfer }];
    }),
  );
}
