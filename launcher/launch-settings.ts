import { join, resolve } from "node:path";
import { z } from "zod";
import { readEnvironment } from "../platform/runtime/config.ts";
import type { DeploymentPorts } from "./deployment-settings.ts";
import { LaunchError } from "./launch-error.ts";
import { portState } from "./ports.ts";

/** What the person who starts Etalase may choose, with all defaults filled in. */
export interface LaunchSettings {
  /** Folder of all data, logs and secrets. */
  readonly home: string;
  readonly ports: DeploymentPorts;
  /** Undefined: 54320 or the next free one. */
  readonly postgresPort: number | undefined;
  /** Level of the processes' log files. */
  readonly logLevel: string;
  readonly seedScale: string | undefined;
  readonly paymentTtlSeconds: number | undefined;
}

interface PortChoice {
  readonly variable: string;
  readonly byDefault: number;
  readonly wantedBy: string;
}

const choices: Readonly<Record<keyof DeploymentPorts, PortChoice>> = {
  gateway: { variable: "ETALASE_PORT_GATEWAY", byDefault: 4000, wantedBy: "the gateway" },
  storefront: { variable: "ETALASE_PORT_STOREFRONT", byDefault: 4001, wantedBy: "the storefront" },
  storefrontEvents: {
    variable: "ETALASE_PORT_STOREFRONT_EVENTS",
    byDefault: 4005,
    wantedBy: "the storefront, for commerce's events,",
  },
  commerce: { variable: "ETALASE_PORT_COMMERCE", byDefault: 4002, wantedBy: "commerce" },
  commerceCallback: {
    variable: "ETALASE_PORT_COMMERCE_CALLBACK",
    byDefault: 4003,
    wantedBy: "commerce, for call-backs of payment providers,",
  },
  commerceWorker: { variable: "ETALASE_PORT_COMMERCE_WORKER", byDefault: 4004, wantedBy: "commerce's worker" },
  identity: { variable: "ETALASE_PORT_IDENTITY", byDefault: 4100, wantedBy: "the sandbox's identity provider" },
  bankCendana: { variable: "ETALASE_PORT_BANK_CENDANA", byDefault: 4101, wantedBy: "the sandbox's bank" },
  kantong: { variable: "ETALASE_PORT_KANTONG", byDefault: 4102, wantedBy: "the sandbox's e-wallet" },
  bankMeranti: { variable: "ETALASE_PORT_BANK_MERANTI", byDefault: 4103, wantedBy: "the sandbox's second bank" },
  lumbung: { variable: "ETALASE_PORT_LUMBUNG", byDefault: 4104, wantedBy: "the sandbox's second e-wallet" },
  gerbang: { variable: "ETALASE_PORT_GERBANG", byDefault: 4105, wantedBy: "the sandbox's payment processor" },
  lintasKurir: { variable: "ETALASE_PORT_LINTAS_KURIR", byDefault: 4106, wantedBy: "the sandbox's courier" },
  rantauEkspres: { variable: "ETALASE_PORT_RANTAU_EKSPRES", byDefault: 4107, wantedBy: "the sandbox's second courier" },
};

/** The variable that sets each port of a deployment. */
export function portVariables(): Readonly<Record<keyof DeploymentPorts, string>> {
  const entries = portNames.map((name) => [name, choices[name].variable]);
  return Object.fromEntries(entries) as Record<keyof DeploymentPorts, string>;
}

const portNames = Object.keys(choices) as (keyof DeploymentPorts)[];
const port = z.coerce.number({ error: "must be a port, 1 to 65535" }).int().min(1).max(65_535);

const shape = z.object({
  ETALASE_HOME: z.string().min(1).optional(),
  ETALASE_PORT_POSTGRES: port.optional(),
  ETALASE_SEED_SCALE: z.enum(["full", "small"]).optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  COMMERCE_PAYMENT_TTL_SECONDS: z.coerce.number().int().min(1).optional(),
  ...Object.fromEntries(portNames.map((name) => [choices[name].variable, port.default(choices[name].byDefault)])),
});

/** Where data, logs and secrets are kept: ETALASE_HOME, or `.etalase` in the checkout. */
export function homeFolder(root: string, environment: NodeJS.ProcessEnv): string {
  return environment.ETALASE_HOME ? resolve(environment.ETALASE_HOME) : join(root, ".etalase");
}

/** Reads the settings. An empty variable counts as not set. @throws ConfigurationError one sentence for each mistake */
export function readLaunchSettings(root: string, environment: NodeJS.ProcessEnv): LaunchSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const settings: Record<string, unknown> & z.infer<typeof shape> = readEnvironment(shape, given);
  const ports = Object.fromEntries(portNames.map((name) => [name, Number(settings[choices[name].variable])]));
  return {
    home: homeFolder(root, given),
    ports: ports as unknown as DeploymentPorts,
    postgresPort: settings.ETALASE_PORT_POSTGRES,
    logLevel: settings.LOG_LEVEL,
    seedScale: settings.ETALASE_SEED_SCALE,
    paymentTtlSeconds: settings.COMMERCE_PAYMENT_TTL_SECONDS,
  };
}

/** Makes sure that every port can be listened on. @throws LaunchError naming the port, who wants it and what to set */
export async function checkPorts(ports: DeploymentPorts): Promise<void> {
  const owners = new Map<number, PortChoice>();
  for (const name of portNames) {
    const choice = choices[name];
    const number = ports[name];
    const other = owners.get(number);
    if (other !== undefined) {
      throw new LaunchError(`${other.variable} and ${choice.variable} are both ${number}: set one to another port.`);
    }
    owners.set(number, choice);
  }
  for (const [number, { variable, wantedBy }] of owners) {
    const state = await portState(number);
    if (state === "taken") {
      throw new LaunchError(
        `Port ${number} is taken by another program, and ${wantedBy} wants it: stop that program or set ${variable} to a free port.`,
      );
    }
    if (state === "forbidden") {
      throw new LaunchError(
        `This user may not listen on port ${number}, which ${wantedBy} wants: set ${variable} to a port above 1023.`,
      );
    }
  }
}
