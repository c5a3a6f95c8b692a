import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemCode } from "./launch-error.ts";
import { isAlive } from "./processes.ts";

/** What became of trying a port: `free`, `taken` by another program, or `forbidden` to this user. */
export type PortState = "free" | "taken" | "forbidden";

function tryHost(port: number, host: string): Promise<PortState> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      const code = systemCode(error);
      if (code === "EACCES") resolve("forbidden");
      // A machine without IPv6 has nobody there to be in the way.
      else resolve(code === "EADDRINUSE" ? "taken" : "free");
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve("free")));
  });
}

/** Whether a port of `localhost` can be listened on now, in both of its addresses. */
export async function portState(port: number): Promise<PortState> {
  const first = await tryHost(port, "127.0.0.1");
  return first === "free" ? tryHost(port, "::1") : first;
}

/** The first free port from `start` upwards, of at most 200. Somebody may take it before the caller does. */
export async function firstFreePort(start: number): Promise<number> {
  for (let port = start; port < start + 200; port += 1) if ((await portState(port)) === "free") return port;
  throw new Error(`no port is free from ${start} to ${start + 199}`);
}

// Below the ports that systems hand out to outgoing connections, so that none of those sits on a claimed one.
const firstClaimable = 20_000;
const claimable = 12_000;
const claimFolder = join(tmpdir(), `etalase-ports-${process.getuid?.() ?? "user"}`);

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function claim(port: number): boolean {
  const file = join(claimFolder, String(port));
  const owner = ownerOf(file);
  if (owner !== undefined && owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
  try {
    const handle = openSync(file, "wx");
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

const held: number[] = [];

function giveBackAtExit(ports: readonly number[]): void {
  if (held.length === 0) {
    process.once("exit", () => {
      for (const port of held) rmSync(join(claimFolder, String(port)), { force: true });
    });
  }
  held.push(...ports);
}

/**
 * Free ports that no other process which asks here is given while this process lives: for tests in parallel, which
 * start servers a moment after they chose the port.
 */
export async function claimPorts(count: number): Promise<number[]> {
  mkdirSync(claimFolder, { recursive: true, mode: 0o700 });
  const ports: number[] = [];
  const offset = Math.floor(Math.random() * claimable);
  for (let step = 0; step < claimable && ports.length < count; step += 1) {
    const port = firstClaimable + ((offset + step) % claimable);
    if (!claim(port)) continue;
    if ((await portState(port)) === "free") ports.push(port);
    else rmSync(join(claimFolder, String(port)), { force: true });
  }
  giveBackAtExit(ports);
  if (ports.length < count) throw new Error(`fewer than ${count} ports are free; remove ${claimFolder} and try again`);
  return ports;
}
