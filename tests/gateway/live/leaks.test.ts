import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { rounds } from "../../support/rounds.ts";
import { type GatewayProcess, type ProcessMeasure, startGatewayProcess } from "../support/gateway-process.ts";
import { collect, socketClient, sseClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

// How many clients come and go in all; `LIVE_CONNECTS=10000` for the long run.
const connects = Number(process.env.LIVE_CONNECTS ?? rounds(300, 10_000));
const turns = 3;
const together = 25;
// What one client may leave behind: 2 kB would be a leak, less is the allocator's.
const leftBytes = 1_500;
const query = 'subscription { videoUpdated(id: "v1") { title likes product { price } } }';

let shop: LiveShop;
let issuer: TestIssuer;
let gateway: GatewayProcess;
let tokens: string[] = [];

beforeAll(async () => {
  shop = await openLiveShop();
  issuer = await startIssuer();
  tokens = await Promise.all(Array.from({ length: 5 }, (_, user) => issuer.sign({ sub: `user ${user}`, exp: 4e9 })));
  gateway = await startGatewayProcess([shop.content, shop.goods], {
    identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
    subscriptions: { fields: { videoUpdated: { kind: "state" } }, streamsPerAddress: 1_000 },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await shop.close();
  await issuer.close();
});

interface Client {
  readonly results: () => number;
  readonly isOver: () => boolean;
  /** With or without a word. */
  readonly leave: (isPolite: boolean) => void;
}
type Connect = (headers: Record<string, string>) => Client;

function overLibrary(kind: "websocket" | "sse" | "sse, single connection"): Connect {
  return (headers) => {
    const client =
      kind === "websocket"
        ? socketClient(gateway.url, { connectionParams: headers })
        : sseClient(gateway.url, kind === "sse, single connection", headers);
    const stream = collect((sink) => client.subscribe({ query }, sink));
    return {
      results: () => stream.results.length,
      isOver: () => stream.end !== undefined,
      leave: (isPolite) => {
        if (isPolite) stream.stop();
        client.dispose();
      },
    };
  };
}

const overMultipart: Connect = (headers) => {
  const abort = new AbortController();
  let results = 0;
  let isOver = false;
  const accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json';
  const read = async () => {
    const sent = { "content-type": "application/json", accept, ...headers };
    const body = JSON.stringify({ query });
    const response = await fetch(gateway.url, { method: "POST", headers: sent, body, signal: abort.signal });
    for await (const chunk of response.body ?? [])
      if (String(new TextDecoder().decode(chunk)).includes('"data"')) results += 1;
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  return { results: () => results, isOver: () => isOver, leave: () => abort.abort() };
};

const doors: readonly Connect[] = [
  overLibrary("websocket"),
  overLibrary("sse"),
  overMultipart,
  overLibrary("sse, single connection"),
];

/** A client that connects, sees the state and goes: in order, in the middle of everything, or before it was answered. */
async function comeAndGo(turn: number): Promise<void> {
  const token = tokens[Math.floor(turn / 4) % (2 * tokens.length)];
  const client = doors[turn % doors.length]?.(token === undefined ? {} : { authorization: `Bearer ${token}` });
  if (turn % 5 !== 0) {
    await eventually(async () => client?.results() !== 0 || client?.isOver() === true, Boolean, 30_000);
    expect(client?.isOver()).toBe(false);
  } else await delay(5);
  client?.leave(turn % 3 === 0);
}

/** Lets clients come and go; answers what the gateway holds when all of them are gone. */
async function round(count: number, handles: number): Promise<ProcessMeasure> {
  for (let done = 0; done < count; done += together) {
    await Promise.all(Array.from({ length: Math.min(together, count - done) }, (_, index) => comeAndGo(done + index)));
  }
  await eventually(
    async () => [shop.videos.listeners, await gateway.metric("gateway_streams_open")],
    ([listeners, open]) => listeners === 0 && open === 0,
    60_000,
  );
  // Sockets of the last clients close a moment after their streams.
  return eventually(
    () => gateway.measure(),
    (held) => held.handles <= handles,
    60_000,
  );
}

describe("a gateway to which clients come and from which they go", () => {
  test(
    `${connects} times, through every door, signed in and not, has the handles and the heap of before`,
    async () => {
      const warm = await round(200, Number.POSITIVE_INFINITY);
      const each = Math.ceil(connects / turns);
      const heaps: number[] = [warm.heapBytes];
      for (let turn = 0; turn < turns; turn += 1) heaps.push((await round(each, warm.handles + 5)).heapBytes);
      const grown = heaps.slice(1).map((heap, turn) => Math.round((heap - (heaps[turn] ?? 0)) / each));
      process.stdout.write(`left behind by each client, by round, in bytes: ${grown.join(", ")}\n`);
      // The middle one: now and then a round grows or shrinks by what was compiled or collected late.
      const [, middle = Number.POSITIVE_INFINITY] = grown.toSorted((a, b) => a - b);
      expect(middle).toBeLessThan(leftBytes);
    },
    120_000 + 300 * connects,
  );
});
