import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPorts } from "../../../../launcher/ports.ts";
import { end, startProgram, untilReady } from "../payments/provider-processes.ts";

/** The sandbox's couriers, in the order of commerce's connectors. */
export const courierNames = ["lintas-kurir", "rantau-ekspres"] as const;

/** One of them. */
export type CourierName = (typeof courierNames)[number];

/** A parcel in a courier's own book. */
export interface ParcelView {
  readonly waybill: string;
  readonly reference: string;
  readonly service: string;
  readonly feeRupiah: number;
  readonly state: string;
  readonly steps: readonly { readonly state: string; readonly place: string }[];
}

/** A courier's control API. */
export interface CourierControl {
  readonly url: string;
  /** POSTs to /control/<path>. @throws when the answer is no success. */
  readonly post: (path: string, body: object) => Promise<{ readonly answers: readonly (number | null)[] }>;
  /** Moves a parcel, named by our reference, on. */
  readonly move: (
    reference: string,
    to: string,
    options?: object,
  ) => Promise<{ readonly answers: readonly (number | null)[] }>;
  readonly parcels: () => Promise<readonly ParcelView[]>;
  readonly behave: (behaviour: object) => Promise<void>;
  readonly reset: () => Promise<void>;
}

/** The couriers, each in a process of its own. */
export interface CourierProcesses {
  readonly of: (name: CourierName) => CourierControl;
  /** For COMMERCE_COURIERS_FILE. */
  readonly couriersFile: string;
  /** The port that call-backs go to. */
  readonly callbackPort: number;
  /** Ends a courier at once and lets it start again, from its book. */
  readonly kill: (name: CourierName) => Promise<void>;
  readonly restart: (name: CourierName) => Promise<void>;
  readonly stop: () => Promise<void>;
}

function controlOf(url: string): CourierControl {
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const post: CourierControl["post"] = async (path, body) =>
    (await send("POST", path, body)) as Awaited<ReturnType<CourierControl["post"]>>;
  return {
    url,
    post,
    move: (reference, to, options = {}) => post("move", { reference, to, ...options }),
    parcels: async () => ((await send("GET", "book")) as { parcels: ParcelView[] }).parcels,
    behave: async (behaviour) => void (await send("POST", "behaviours", behaviour)),
    reset: async () => {
      await send("DELETE", "behaviours");
      await send("POST", "tariff", { percent: 100 });
    },
  };
}

const notification = { timeoutMs: 2_000, retryDelaysMs: [200, 200, 400, 800] };

/** Starts couriers of dist/sandbox with fresh keys on free ports; `callbackPort`: where they call back. */
export async function startCouriers(
  wanted: readonly CourierName[] = courierNames,
  callbackPort?: number,
): Promise<CourierProcesses> {
  const folder = mkdtempSync(join(tmpdir(), "etalase-couriers-"));
  const [freePort = 0, lintasPort = 0, rantauPort = 0] = await claimPorts(3);
  const toldPort = callbackPort ?? freePort;
  const ports = { "lintas-kurir": lintasPort, "rantau-ekspres": rantauPort };
  const keys = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const callbackUrl = (name: CourierName) => `http://127.0.0.1:${toldPort}/couriers/${name}/tracking`;
  const baseUrl = (name: CourierName) => `http://127.0.0.1:${ports[name]}`;
  const lintas = { apiKey: "api-key-of-the-merchant", callbackSecret: "callback-secret-of-lintas" };
  const rantau = { username: "ETALASE", password: "password-of-the-merchant" };
  const couriersFile = join(folder, "couriers.json");
  writeFileSync(
    couriersFile,
    JSON.stringify({
      "lintas-kurir": { baseUrl: baseUrl("lintas-kurir"), ...lintas },
      "rantau-ekspres": { baseUrl: baseUrl("rantau-ekspres"), ...rantau, publicKeyPem: keys.publicKey },
    }),
  );
  const sandboxFile = join(folder, "sandbox.json");
  const couriers = {
    "lintas-kurir": { port: lintasPort, ...lintas, callbackUrl: callbackUrl("lintas-kurir"), notification },
    "rantau-ekspres": {
      port: rantauPort,
      ...rantau,
      privateKeyPem: keys.privateKey,
      callbackUrl: callbackUrl("rantau-ekspres"),
      notification,
    },
  };
  const identity = { port: 1, issuer: "http://localhost:1", keyFile: "none" };
  writeFileSync(sandboxFile, JSON.stringify({ identity, providers: {}, couriers }));
  const environment = { SANDBOX_CONFIG_FILE: sandboxFile, SANDBOX_DATA_DIR: folder, LOG_LEVEL: "warn" };
  const running = new Map<CourierName, ReturnType<typeof startProgram>>();
  const restart = async (name: CourierName) => {
    const program = startProgram(`sandbox/${name}/main.js`, environment);
    running.set(name, program);
    await untilReady(baseUrl(name), program.child, program.output);
  };
  await Promise.all(wanted.map(restart));
  const kill = async (name: CourierName, signal: NodeJS.Signals = "SIGKILL") => {
    const program = running.get(name);
    if (program !== undefined) await end(program.child, signal);
  };
  const controls = {
    "lintas-kurir": controlOf(baseUrl("lintas-kurir")),
    "rantau-ekspres": controlOf(baseUrl("rantau-ekspres")),
  };
  return {
    of: (name) => controls[name],
    couriersFile,
    callbackPort: toldPort,
    kill: (name) => kill(name),
    restart,
    stop: async () => {
      await Promise.all(wanted.map((name) => kill(name, "SIGTERM")));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
