import { join } from "node:path";
import type { DatabaseUrls } from "./databases.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { Organisation, PerOrganisation } from "./organisations.ts";

/** Where each listener of a deployment listens, on 127.0.0.1. */
export interface DeploymentPorts {
  readonly gateway: number;
  readonly storefront: number;
  /** Where commerce sends its events. */
  readonly storefrontEvents: number;
  readonly commerce: number;
  /** Where payment providers call commerce back. */
  readonly commerceCallback: number;
  /** Health and metrics of commerce's worker. */
  readonly commerceWorker: number;
  readonly identity: number;
  readonly bankCendana: number;
  readonly kantong: number;
  readonly bankMeranti: number;
  readonly lumbung: number;
  readonly gerbang: number;
  readonly lintasKurir: number;
  readonly rantauEkspres: number;
}

/** What a deployment is made of. */
export interface DeploymentSettings {
  /** Root of the checkout: `dist/` and `schema/` are below it. */
  readonly root: string;
  /** Where secrets and books are kept. */
  readonly folder: string;
  readonly ports: DeploymentPorts;
  readonly databases: PerOrganisation<DatabaseUrls>;
  readonly keys: KeyMaterial;
  /** pino's level of all processes. */
  readonly logLevel: string;
  /** How long a buyer has to pay, in seconds; commerce's own default when absent. */
  readonly paymentTtlSeconds?: number | undefined;
  /** More for a process's environment, by its name. */
  readonly extraEnvironment?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** A file that a process is given. */
export interface DeploymentFile {
  readonly path: string;
  readonly content: string;
}

/** Who has secrets of its own. */
export type SecretOwner = Organisation | "gateway" | "sandbox";

/** The issuer that the organisations expect in the gateway's tokens. */
export const tokenIssuer = "etalase-gateway";

/** An address on this machine, for programs. */
export function local(port: number, path = ""): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** The issuer of users' tokens: the identity provider's address as people open it. */
export function issuerOf(ports: DeploymentPorts): string {
  return `http://localhost:${ports.identity}`;
}

/** Path of a secret, in the folder of its owner. */
export function secretPath(settings: DeploymentSettings, owner: SecretOwner, name: string): string {
  return join(settings.folder, "secrets", owner, name);
}
