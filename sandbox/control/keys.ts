import { createPrivateKey, createPublicKey } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ProcessorConfig, ProviderConfig } from "../config.ts";
import { readControl } from "./requests.ts";

const snapShape = z.object({
  /** The merchant's new secret, and its new public key. */
  clientSecret: z.string().min(16).optional(),
  merchantPublicKeyPem: z.string().optional(),
  /** The provider's own: the secret of its call-backs, and its new private key. */
  callbackSecret: z.string().min(16).optional(),
  privateKeyPem: z.string().optional(),
  /** Whether what the merchant presented before is still accepted. */
  overlap: z.boolean().default(true),
});

const processorShape = z.object({
  secretKey: z.string().min(16).optional(),
  webhookToken: z.string().min(16).optional(),
  overlap: z.boolean().default(true),
});

/** Serves `POST /control/keys`: the provider rolls keys over, as both sides do by agreement. Forgotten by a restart. */
export function serveKeyRotation(app: FastifyInstance, config: ProviderConfig): void {
  app.post("/control/keys", async (request, reply) => {
    const { clientSecret, merchantPublicKeyPem, callbackSecret, privateKeyPem, overlap } = readControl(
      snapShape,
      request,
    );
    const former = { clientSecret: config.clientSecret, merchantPublicKeyPem: config.merchantPublicKeyPem };
    config.former = overlap ? former : undefined;
    if (clientSecret !== undefined) config.clientSecret = clientSecret;
    if (merchantPublicKeyPem !== undefined) config.merchantPublicKeyPem = createPublicKey(merchantPublicKeyPem);
    if (callbackSecret !== undefined) config.callback.clientSecret = callbackSecret;
    if (privateKeyPem !== undefined) config.privateKeyPem = createPrivateKey(privateKeyPem);
    return reply.code(204).send();
  });
}

/** The same for the processor. */
export function serveProcessorKeyRotation(app: FastifyInstance, config: ProcessorConfig): void {
  app.post("/control/keys", async (request, reply) => {
    const { secretKey, webhookToken, overlap } = readControl(processorShape, request);
    config.formerSecretKey = overlap ? config.secretKey : undefined;
    if (secretKey !== undefined) config.secretKey = secretKey;
    if (webhookToken !== undefined) config.webhookToken = webhookToken;
    return reply.code(204).send();
  });
}
