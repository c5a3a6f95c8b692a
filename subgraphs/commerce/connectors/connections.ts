import { Agent, type Dispatcher } from "undici";

/** Connections to providers, kept open between calls: at most 64 to each; a connection that takes over 1 s is given up. */
export function openProviderConnections(): Dispatcher {
  return new Agent({ connect: { timeout: 1_000 }, keepAliveTimeout: 4_000, connections: 64 });
}
