import { describe, expect, test } from "@jest/globals";
import { CancellationSource } from "../../../gateway/cancellation.ts";
import { CallerChanges } from "../../../gateway/transport/caller-changes.ts";
import { shareInFlight, sharingKey } from "../../../gateway/transport/share-in-flight.ts";
import type { SubgraphAnswer } from "../../../gateway/transport/subgraph-answer.ts";
import type { SubgraphPost, SubgraphTransport } from "../../../gateway/transport/subgraph-transport.ts";

const endpoint = { service: "shop", url: "http://127.0.0.1:1/graphql", timeoutMs: 1_000 };

function request(change: Partial<SubgraphPost> = {}, headers: Record<string, string> = {}): SubgraphPost {
  return {
    endpoint,
    body: '{"query":"{cart{items}}"}',
    headers: {
      "content-type": "application/json",
      authorization: "Bearer of-ayu",
      "x-correlation-id": "1",
      ...headers,
    },
    isQuery: true,
    ...change,
  };
}

/** A transport whose answers come when `release` is called. */
function heldTransport() {
  const sent: SubgraphPost[] = [];
  const waiting: ((how: "answer" | "fail") => void)[] = [];
  const transport: SubgraphTransport = {
    post: (post) => {
      sent.push(post);
      return new Promise<SubgraphAnswer>((resolve, reject) => {
        waiting.push((how) => {
          if (how === "answer") resolve({ data: { cart: { items: [1], of: post.headers.authorization } } });
          else reject(new Error("lost"));
        });
      });
    },
    isReachable: async () => true,
    close: async () => undefined,
  };
  const release = (how: "answer" | "fail" = "answer") => {
    for (const end of waiting.splice(0)) end(how);
  };
  return { sent, transport, release };
}

describe("identical queries under way", () => {
  test("two queries of one caller, differing in their correlation id alone, are sent once", async () => {
    const { sent, transport, release } = heldTransport();
    let shared = 0;
    const { post } = shareInFlight(
      transport,
      () => {
        shared += 1;
      },
      new CallerChanges(),
    );
    const answers = [post(request()), post(request({}, { "x-correlation-id": "2", traceparent: "x" }))];
    release();
    expect(await Promise.all(answers)).toHaveLength(2);
    expect([sent.length, shared]).toEqual([1, 1]);
  });

  test("an answer that several wait for, is marked as shared; one that is for one alone, is not", async () => {
    const { transport, release } = heldTransport();
    const { post } = shareInFlight(transport, () => undefined, new CallerChanges());
    const answers = [post(request()), post(request()), post(request({ body: "alone" }))];
    release();
    expect((await Promise.all(answers)).map(({ isShared }) => isShared)).toEqual([true, true, undefined]);
  });

  test("one of two who wait gone, the request goes on; both gone, it is given up and asked for anew", async () => {
    const { sent, transport } = heldTransport();
    const { post } = shareInFlight(transport, () => undefined, new CallerChanges());
    const clients = [new CancellationSource(), new CancellationSource()];
    const answers = Promise.allSettled(clients.map((cancellation) => post(request({ cancellation }))));
    clients[0]?.cancel();
    expect(sent[0]?.cancellation?.isCancelled).toBe(false);
    clients[1]?.cancel();
    expect(sent[0]?.cancellation?.isCancelled).toBe(true);
    expect((await answers).map((one) => one.status === "rejected" && one.reason.name)).toEqual([
      "ClientGone",
      "ClientGone",
    ]);
    void post(request());
    expect(sent).toHaveLength(2);
  });

  test("the same query of two callers, is sent for each", async () => {
    const { sent, transport, release } = heldTransport();
    const { post } = shareInFlight(transport, () => undefined, new CallerChanges());
    const answers = [post(request()), post(request({}, { authorization: "Bearer of-budi" }))];
    release();
    const [ayu, budi] = await Promise.all(answers);
    expect(sent).toHaveLength(2);
    expect([ayu?.data?.cart, budi?.data?.cart]).toEqual([
      { items: [1], of: "Bearer of-ayu" },
      { items: [1], of: "Bearer of-budi" },
    ]);
  });

  test("a query that differs in subgraph, address, body or any header that counts, has another key", () => {
    const keys = [
      request(),
      request({ endpoint: { ...endpoint, service: "other" } }),
      request({ endpoint: { ...endpoint, url: "http://127.0.0.1:2/graphql" } }),
      request({ body: '{"query":"{cart{total}}"}' }),
      request({}, { authorization: "Bearer of-budi" }),
      request({}, { "accept-language": "id" }),
    ].map(sharingKey);
    expect(new Set(keys).size).toBe(6);
  });

  test("two mutations, identical, are both sent", async () => {
    const { sent, transport, release } = heldTransport();
    const { post } = shareInFlight(transport, () => undefined, new CallerChanges());
    const answers = [post(request({ isQuery: false })), post(request({ isQuery: false }))];
    release();
    await Promise.all(answers);
    expect(sent).toHaveLength(2);
  });

  test("a query that fails, fails for all who shared it and is sent anew afterwards", async () => {
    const { sent, transport, release } = heldTransport();
    const { post } = shareInFlight(transport, () => undefined, new CallerChanges());
    const answers = [post(request()), post(request())];
    release("fail");
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const again = post(request());
    release();
    await again;
    expect(sent).toHaveLength(2);
  });
});
