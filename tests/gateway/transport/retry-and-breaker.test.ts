import { describe, expect, test } from "@jest/globals";
import { breakCircuits } from "../../../gateway/transport/circuit-breaker.ts";
import { retryOnce } from "../../../gateway/transport/retry.ts";
import { type FaultKind, SubgraphFault } from "../../../gateway/transport/subgraph-fault.ts";
import type { SubgraphPost, SubgraphTransport } from "../../../gateway/transport/subgraph-transport.ts";

const endpoint = { service: "shop", url: "http://127.0.0.1:1/graphql", timeoutMs: 1_000 };
const query: SubgraphPost = { endpoint, body: "{}", headers: {}, isQuery: true };
const limits = { retriesPerRequest: 0.1, savedRetries: 2, pauseMs: 1 };

/** A transport that fails as often as it is told, then answers. */
function failing(times: number, kind: FaultKind = "unavailable") {
  const state = { sent: 0, left: times };
  const transport: SubgraphTransport = {
    post: async () => {
      state.sent += 1;
      if (state.left === 0) return { data: {} };
      state.left -= 1;
      throw new SubgraphFault("fails", { service: "shop", kind, mayHaveActed: true });
    },
    isReachable: async () => true,
    close: async () => undefined,
  };
  return { state, transport };
}

const outcome = (promised: Promise<unknown>) =>
  promised.then(
    () => "answered",
    (error: Error) => error.message,
  );

describe("a retry", () => {
  test("a query of an unavailable subgraph, is sent once more", async () => {
    const { state, transport } = failing(1);
    expect(
      await outcome(
        retryOnce(
          transport,
          () => limits,
          () => 0,
        ).post(query),
      ),
    ).toBe("answered");
    expect(state.sent).toBe(2);
  });

  test.each([
    ["a query that timed out", query, "timeout"],
    ["a mutation without a key", { ...query, isQuery: false }, "unavailable"],
    ["a query that was refused", query, "refused"],
  ] as const)("%s, is not sent again", async (_, request, kind) => {
    const { state, transport } = failing(1, kind);
    expect(
      await outcome(
        retryOnce(
          transport,
          () => limits,
          () => 0,
        ).post(request),
      ),
    ).toBe("shop: fails");
    expect(state.sent).toBe(1);
  });

  test("a mutation with an idempotency key, its answer lost, is sent once more", async () => {
    const { state, transport } = failing(1);
    const mutation = { ...query, isQuery: false, headers: { "idempotency-key": "k1" } };
    expect(
      await outcome(
        retryOnce(
          transport,
          () => limits,
          () => 0,
        ).post(mutation),
      ),
    ).toBe("answered");
    expect(state.sent).toBe(2);
  });

  test("many queries of a subgraph that stays away, use up the saved retries", async () => {
    const { state, transport } = failing(1_000);
    const { post } = retryOnce(
      transport,
      () => limits,
      () => 0,
    );
    for (let count = 0; count < 20; count += 1) await outcome(post(query));
    expect(state.sent).toBeLessThanOrEqual(20 + 4);
  });
});

describe("a circuit", () => {
  test("a subgraph that failed often enough, is left alone, tried once, and used again when it answers", async () => {
    let now = 0;
    const { state, transport } = failing(3);
    const { post } = breakCircuits(
      transport,
      () => ({ failures: 3, openMs: 100 }),
      () => now,
    );
    for (let count = 0; count < 3; count += 1) await outcome(post(query));
    expect(await outcome(post(query))).toMatch(/was not asked/);
    expect(state.sent).toBe(3);
    now = 150;
    expect(await Promise.all([outcome(post(query)), outcome(post(query))])).toEqual([
      "answered",
      expect.stringMatching(/was not asked/),
    ]);
    expect(await outcome(post(query))).toBe("answered");
  });

  test("a subgraph that has moved, is asked at its new address while the old one is left alone", async () => {
    const { transport } = failing(3);
    const limit = { failures: 3, openMs: 100 };
    const { post } = breakCircuits(
      transport,
      () => limit,
      () => 0,
    );
    for (let count = 0; count < 3; count += 1) await outcome(post(query));
    expect(await outcome(post(query))).toMatch(/was not asked/);
    expect(await outcome(post({ ...query, endpoint: { ...endpoint, url: "http://127.0.0.1:2/" } }))).toBe("answered");
  });

  test("faults that are no sign of absence, never open it", async () => {
    const { transport } = failing(10, "bad-response");
    const { post } = breakCircuits(
      transport,
      () => ({ failures: 3, openMs: 100 }),
      () => 0,
    );
    for (let count = 0; count < 10; count += 1) expect(await outcome(post(query))).toBe("shop: fails");
  });
});
