import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ConfigurationError } from "../../../platform/runtime/config.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { ProcessorKeys, ProcessorParty } from "./gerbang/party.ts";
import { createLiveFile } from "./live-file.ts";
import type { SnapKeys, SnapParty } from "./snap/party.ts";

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
const baseUrl = z.url().transform((url) => url.replace(/\/+$/, ""));
const until = z.iso.datetime({ offset: true }).transform((instant) => new Date(instant));
const inbound = z.object({ clientKey: text, clientSecret: text });

const snapShape = z.object({
  baseUrl,
  partnerId: text.max(36),
  channelId: text.max(5),
  clientKey: text,
  clientSecret: text,
  privateKeyPem: key(createPrivateKey),
  providerPublicKeyPem: key(createPublicKey),
  inbound,
  /** What call-backs were signed with before, and until when it is still believed. */
  previous: z
    .object({ until, providerPublicKeyPem: key(createPublicKey).optional(), inbound: inbound.optional() })
    .optional(),
  /** 8 characters, left-padded with spaces. */
  virtualAccount: z.object({ partnerServiceId: z.string().length(8) }).optional(),
  qris: z.object({ merchantId: text, storeId: text }).optional(),
  wallet: z.object({ merchantId: text }).optional(),
  /** Our account at the bank, from which payouts are made. */
  transfer: z
    .object({ bankCode: z.string().regex(/^\d{3}$/), sourceAccountNo: z.string().regex(/^\d{6,20}$/) })
    .optional(),
});

const processorShape = z.object({
  baseUrl,
  secretKey: text,
  webhookToken: text.min(16),
  previous: z.object({ until, webhookToken: text.min(16) }).optional(),
});

const fileShape = z.record(z.string(), z.union([snapShape, processorShape]));

type SnapEntry = z.infer<typeof snapShape>;
type ProcessorEntry = z.infer<typeof processorShape>;

/** What commerce knows of one provider that speaks SNAP: its keys, and what each of its products needs. */
export interface ProviderSettings {
  readonly keys: SnapKeys;
  readonly virtualAccount?: { readonly partnerServiceId: string } | undefined;
  readonly qris?: { readonly merchantId: string; readonly storeId: string } | undefined;
  readonly wallet?: { readonly merchantId: string } | undefined;
  readonly transfer?: { readonly bankCode: string; readonly sourceAccountNo: string } | undefined;
}

/** The providers' settings. Keys are those of the file as it is now: it is read again when it changes. */
export interface ProvidersFile {
  /** @throws ConfigurationError when the file has no provider of that name that speaks SNAP. */
  readonly snap: (provider: string) => ProviderSettings;
  /** @throws ConfigurationError when the file has no processor of that name. */
  readonly processor: (provider: string) => ProcessorKeys;
}

function isSnap(entry: SnapEntry | ProcessorEntry | undefined): entry is SnapEntry {
  return entry !== undefined && "partnerId" in entry;
}

function isProcessor(entry: SnapEntry | ProcessorEntry | undefined): entry is ProcessorEntry {
  return entry !== undefined && "secretKey" in entry;
}

interface Accepted<Party> {
  readonly current: Party;
  readonly before: { readonly party: Party; readonly until: Date } | null;
}

function snapParties(provider: string, entry: SnapEntry): Accepted<SnapParty> {
  const {
    privateKeyPem,
    providerPublicKeyPem,
    previous,
    virtualAccount,
    qris,
    wallet,
    transfer: _transfer,
    ...plain
  } = entry;
  const current = { provider, ...plain, privateKey: privateKeyPem, providerPublicKey: providerPublicKeyPem };
  if (previous === undefined) return { current, before: null };
  const party = {
    ...current,
    providerPublicKey: previous.providerPublicKeyPem ?? current.providerPublicKey,
    inbound: previous.inbound ?? current.inbound,
  };
  return { current, before: { party, until: previous.until } };
}

function processorParties(provider: string, entry: ProcessorEntry): Accepted<ProcessorParty> {
  const { previous, ...plain } = entry;
  const current = { provider, ...plain };
  if (previous === undefined) return { current, before: null };
  return { current, before: { party: { ...current, webhookToken: previous.webhookToken }, until: previous.until } };
}

function acceptedAt<Party>({ current, before }: Accepted<Party>, now: Date): readonly Party[] {
  return before !== null && now.getTime() < before.until.getTime() ? [current, before.party] : [current];
}

/**
 * Opens COMMERCE_PROVIDERS_FILE, the only place secrets come from. A changed file that cannot be used is logged and changes
 * nothing. @throws ConfigurationError when it cannot be used to begin with.
 */
export function openProvidersFile(path: string, logger: Logger): ProvidersFile {
  const file = createLiveFile(fileShape, path, logger);
  // One party object for each version of the file, so that who holds one can tell that it was replaced.
  const parties = new WeakMap<object, unknown>();
  function partiesOf<Entry extends object, Party>(
    provider: string,
    is: (entry: SnapEntry | ProcessorEntry | undefined) => entry is Extract<SnapEntry | ProcessorEntry, Entry>,
    make: (provider: string, entry: Extract<SnapEntry | ProcessorEntry, Entry>) => Accepted<Party>,
  ): Accepted<Party> {
    const entry = file.current()[provider];
    if (!is(entry)) throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${provider} is missing or of another kind`);
    const known = parties.get(entry) as Accepted<Party> | undefined;
    if (known !== undefined) return known;
    const made = make(provider, entry);
    parties.set(entry, made);
    return made;
  }
  return {
    snap: (provider) => {
      const find = () => partiesOf<SnapEntry, SnapParty>(provider, isSnap, snapParties);
      find();
      const { virtualAccount, qris, wallet, transfer } = file.current()[provider] as SnapEntry;
      const keys = { provider, current: () => find().current, accepted: (now: Date) => acceptedAt(find(), now) };
      return { keys, virtualAccount, qris, wallet, transfer };
    },
    processor: (provider) => {
      const find = () => partiesOf<ProcessorEntry, ProcessorParty>(provider, isProcessor, processorParties);
      find();
      return { provider, current: () => find().current, accepted: (now) => acceptedAt(find(), now) };
    },
  };
}
