import { afterEach, describe, expect, test } from "@jest/globals";
import { LastingUpstream } from "../../../../gateway/live/upstream/lasting-upstream.ts";
import type { OpenUpstream, UpstreamEnd } from "../../../../gateway/live/upstream/upstream.ts";
import { createUpstreams } from "../../../../gateway/live/upstream/upstreams.ts";
import type { SubgraphAnswer } from "../../../../gateway/transport/subgraph-answer.ts";
import { eventually } from "../../../journeys/eventually.ts";
import { rogueSocket, rogueSse } from "../../support/rogue-subgraph.ts";

const eventStream = { "content-type": "text/event-stream" };
const acknowledgement = '{"type":"connection_ack"}';
const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Begins a stream of a state, as a client's is begun; answers what it brought and how it ended. */
function begin(open: OpenUpstream, firstEventMs: number) {
  const brought: { answers: SubgraphAnswer[]; end: UpstreamEnd | undefined } = { answers: [], end: undefined };
  const request = {
    service: "content",
    body: '{"query":"subscription { a }"}',
    headers: { "content-type": "application/json" },
  };
  const settings = {
    isState: true,
    firstEventMs,
    firstPauseMs: 10,
    longestPauseMs: 50,
    giveUpMs: 1_000,
    eventsPerSecond: 100,
    renewBeforeMs: 0,
  };
  const lasting = new LastingUpstream(
    {
      open,
      grant: async () => ({ request, expiresAt: undefined }),
      settings,
      nowMs: Date.now,
      random: () => 0.5,
      lost: () => undefined,
    },
    {
      next: (answer) => void brought.answers.push(answer),
      ended: (end) => {
        brought.end = end;
      },
    },
  );
  closers.push(lasting.close);
  return brought;
}

describe("a subgraph that", () => {
  test.each([
    ["never answers", () => rogueSse(undefined), "sse", "timeout"],
    ["takes the subscription and sends no state", () => rogueSse(eventStream, ":\n\n"), "sse", "timeout"],
    ["answers with a page", () => rogueSse({ "content-type": "text/html" }, "<html>"), "sse", "timeout"],
    ["sends an event that is no JSON", () => rogueSse(eventStream, "event: next\ndata: {\n\n"), "sse", "bad-response"],
    [
      "sends an event that is no answer",
      () => rogueSse(eventStream, 'event: next\ndata: {"data":[1]}\n\n'),
      "sse",
      "bad-response",
    ],
    ["never ends an event", () => rogueSse(eventStream, `data: ${"x".repeat(3_000_000)}`), "sse", "bad-response"],
    ["never acknowledges", () => rogueSocket([]), "websocket", "timeout"],
    ["acknowledges and sends no state", () => rogueSocket([acknowledgement]), "websocket", "timeout"],
    [
      "sends a message that is not the protocol's",
      () => rogueSocket([acknowledgement, '{"type":"nonsense"}']),
      "websocket",
      "bad-response",
    ],
    ["sends a message that is no JSON", () => rogueSocket([acknowledgement, "hello"]), "websocket", "bad-response"],
    [
      "sends an answer that is none",
      () => rogueSocket([acknowledgement, '{"type":"next","id":"$ID","payload":{"data":[1]}}']),
      "websocket",
      "bad-response",
    ],
    [
      "sends too large a message",
      () => rogueSocket([acknowledgement, `"${"x".repeat(3_000_000)}"`]),
      "websocket",
      "bad-response",
    ],
  ] as const)("%s, is a fault of its kind, in time and asked once", async (_what, start, protocol, kind) => {
    const rogue = await start();
    closers.push(rogue.close);
    const limits = { eventBytes: 1_048_576, silenceMs: 60_000 };
    const url = protocol === "sse" ? rogue.url : rogue.url.replace("http", "ws");
    // Where another fault is expected, a busy machine must not make it a timeout.
    const timeoutMs = kind === "timeout" ? 500 : 10_000;
    const upstreams = createUpstreams([{ service: "content", protocol, url, timeoutMs }], limits);
    closers.push(upstreams.close);
    const brought = begin(upstreams.open, timeoutMs + 100);
    await eventually(
      async () => brought,
      ({ end }) => end !== undefined,
      20_000,
    );
    expect(brought).toMatchObject({ answers: [], end: { kind: "fault", fault: { kind, service: "content" } } });
    expect(rogue.asked()).toBe(1);
  });
});

describe("an endpoint that a new supergraph has elsewhere", () => {
  test.each(["sse", "websocket"] as const)(
    "is kept for its %s streams and forgotten after the last",
    async (protocol) => {
      const event = '{"data":{"a":1}}';
      const rogue =
        protocol === "sse"
          ? await rogueSse(eventStream, `event: next\ndata: ${event}\n\n`)
          : await rogueSocket([acknowledgement, `{"type":"next","id":"$ID","payload":${event}}`]);
      closers.push(rogue.close);
      const url = protocol === "sse" ? rogue.url : rogue.url.replace("http", "ws");
      const endpoint = { service: "content", protocol, url, timeoutMs: 5_000 };
      const upstreams = createUpstreams([endpoint], { eventBytes: 1_048_576, silenceMs: 60_000 });
      closers.push(upstreams.close);
      const brought: SubgraphAnswer[] = [];
      const stream = upstreams.open(
        { service: "content", body: '{"query":"subscription { a }"}', headers: { "content-type": "application/json" } },
        { opened: () => undefined, next: (answer) => void brought.push(answer), ended: () => undefined },
      );
      await eventually(
        async () => brought.length,
        (count) => count === 1,
      );
      for (let move = 1; move <= 5; move += 1) upstreams.use([{ ...endpoint, url: `${url}?moved=${move}` }]);
      expect(upstreams.retired()).toBe(1);
      stream.close();
      expect(upstreams.retired()).toBe(0);
    },
  );
});
