import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ConfigurationError, readEnvironment, readJsonFile } from "../platform/runtime/config.ts";

function key(make: (pem: string) => KeyObject, kind: string) {
  return z.string().transform((pem, context) => {
    try {
      return make(pem);
    } catch {
      context.addIssue({ code: "custom", message: `is not a ${kind} key in PEM` });
      return z.NEVER;
    }
  });
}

const port = z.int().min(1).max(65_535);

const notificationShape = z
  .object({
    timeoutMs: z.int().min(1).default(5_000),
    retryDelaysMs: z.array(z.int().min(0)).default([500, 1_000, 2_000, 5_000, 10_000, 30_000]),
  })
  .prefault({});

const providerShape = z.object({
  port,
  /** What the merchant is called here: its X-PARTNER-ID. */
  partnerId: z.string().min(1).max(36),
  clientKey: z.string().min(1),
  clientSecret: z.string().min(16),
  merchantPublicKeyPem: key(createPublicKey, "public"),
  /** The provider's own key, with which it signs what it sends to the merchant. */
  privateKeyPem: key(createPrivateKey, "private"),
  /** Without trailing slash; `/v1.0/...` follows. */
  merchantCallbackUrl: z.url().transform((url) => url.replace(/\/+$/, "")),
  callback: z.object({ clientKey: z.string().min(1), clientSecret: z.string().min(16) }),
  virtualAccount: z
    .object({
      partnerServiceId: z
        .string()
        .length(8)
        .regex(/^ *\d+$/),
    })
    .optional(),
  qris: z.object({ merchantId: z.string().min(1).max(64), storeId: z.string().min(1).max(64) }).optional(),
  wallet: z.object({ merchantId: z.string().min(1).max(64) }).optional(),
  /** The merchant's account, from which it makes transfers, and what it had at the beginning. */
  transfer: z
    .object({
      bankCode: z.string().regex(/^\d{3}$/),
      sourceAccountNo: z.string().regex(/^\d{6,20}$/),
      openingBalance: z
        .string()
        .regex(/^\d{1,16}\.\d{2}$/)
        .default("1000000000000.00"),
    })
    .optional(),
  notification: notificationShape,
});

const processorShape = z.object({
  port,
  /** User name of the merchant's basic authentication. */
  secretKey: z.string().min(16),
  /** What the processor sends in `x-callback-token`. */
  webhookToken: z.string().min(16),
  /** The whole address of the merchant's webhook. */
  webhookUrl: z.url(),
  notification: notificationShape,
});

const courierFields = {
  port,
  /** The whole address of the merchant's call-back. */
  callbackUrl: z.url(),
  notification: notificationShape,
};

const couriersShape = z.object({
  "lintas-kurir": z
    .object({
      ...courierFields,
      /** What the merchant presents in `x-api-key`. */
      apiKey: z.string().min(16),
      /** Signs call-backs. */
      callbackSecret: z.string().min(16),
    })
    .optional(),
  "rantau-ekspres": z
    .object({
      ...courierFields,
      username: z.string().min(1),
      password: z.string().min(16),
      /** Ed25519; signs call-backs. */
      privateKeyPem: key(createPrivateKey, "private"),
    })
    .optional(),
});

type CouriersConfig = z.infer<typeof couriersShape>;

/** Settings of Lintas Kurir. */
export type LintasConfig = NonNullable<CouriersConfig["lintas-kurir"]>;

/** Settings of Rantau Ekspres. */
export type RantauConfig = NonNullable<CouriersConfig["rantau-ekspres"]>;

/** What the settings of every courier have. */
export type CourierConfig = LintasConfig | RantauConfig;

const fileShape = z.object({
  identity: z.object({ port, issuer: z.url().transform((url) => url.replace(/\/+$/, "")), keyFile: z.string().min(1) }),
  providers: z.record(z.string(), z.union([providerShape, processorShape])),
  /** Those that are left out are not started. */
  couriers: couriersShape.default({}),
});

/** Settings of one payment provider: its port, the merchant's credentials with it and its own with the merchant. */
export type ProviderConfig = z.infer<typeof providerShape> & {
  /** What the merchant presented before its keys were rolled over, while it is still accepted. */
  former?: Pick<z.infer<typeof providerShape>, "clientSecret" | "merchantPublicKeyPem"> | undefined;
};

/** Settings of the processor that does not speak SNAP. */
export type ProcessorConfig = z.infer<typeof processorShape> & {
  /** The merchant's key before the present one, while it is still accepted. */
  formerSecretKey?: string | undefined;
};

/** How long a notification may take, and when it is sent again. */
export type NotificationConfig = ProviderConfig["notification"];

/** Settings of the identity provider. */
export type IdentityConfig = z.infer<typeof fileShape>["identity"];

/** Settings of the whole sandbox: one file for all, and the folder of the books. */
export interface SandboxConfig {
  readonly dataDir: string;
  readonly identity: IdentityConfig;
  readonly providers: Readonly<Record<string, ProviderConfig | ProcessorConfig>>;
  readonly couriers: CouriersConfig;
}

/** Reads SANDBOX_CONFIG_FILE and SANDBOX_DATA_DIR. @throws ConfigurationError */
export function readSandboxConfig(environment: NodeJS.ProcessEnv): SandboxConfig {
  const shape = z.object({ SANDBOX_CONFIG_FILE: z.string().min(1), SANDBOX_DATA_DIR: z.string().min(1) });
  const settings = readEnvironment(shape, environment);
  return { dataDir: settings.SANDBOX_DATA_DIR, ...readJsonFile(fileShape, settings.SANDBOX_CONFIG_FILE) };
}

function missing(name: string): ConfigurationError {
  return new ConfigurationError(`SANDBOX_CONFIG_FILE: providers.${name} is missing; add it or do not start ${name}`);
}

/** The settings of a provider that speaks SNAP, by name. @throws ConfigurationError when the file has none. */
export function providerConfig(config: SandboxConfig, name: string): ProviderConfig {
  const provider = config.providers[name];
  if (provider === undefined || !("partnerId" in provider)) throw missing(name);
  return provider;
}

/** The settings of the processor, by name. @throws ConfigurationError when the file has none. */
export function processorConfig(config: SandboxConfig, name: string): ProcessorConfig {
  const provider = config.providers[name];
  if (provider === undefined || !("secretKey" in provider)) throw missing(name);
  return provider;
}

/** The settings of a courier, by name. @throws ConfigurationError when the file has none. */
export function courierConfig<Name extends keyof CouriersConfig>(
  config: SandboxConfig,
  name: Name,
): NonNullable<CouriersConfig[Name]> {
  const courier = config.couriers[name];
  if (courier === undefined) {
    throw new ConfigurationError(`SANDBOX_CONFIG_FILE: couriers.${name} is missing; add it or do not start ${name}`);
  }
  return courier;
}
