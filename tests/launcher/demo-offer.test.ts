import { expect, test } from "@jest/globals";
import { createCleanUp } from "../../launcher/clean-up.ts";
import type { Demo } from "../../launcher/demo.ts";
import { offerDemo } from "../../launcher/demo-offer.ts";
import { eventually } from "../support/eventually.ts";

const demo: Demo = {
  document: "",
  variables: {},
  buyerToken: "b",
  analystToken: "a",
  tokenLifetimeSeconds: 0.02,
  purchase: "",
};

test.each([
  ["the first try fails", [false, false, true, true]],
  ["a renewal fails", [true, false, false, true, true]],
])("the demo, when %s, is tried again, told once, and renewed from then on", async (_, outcomes) => {
  const cleanUp = createCleanUp(() => undefined);
  const told: string[] = [];
  let tries = 0;
  let published = 0;
  const first = await offerDemo({
    prepare: async () => {
      tries += 1;
      if (outcomes[tries - 1] === false) throw new Error("the storefront restarts");
      return demo;
    },
    publish: () => {
      published += 1;
    },
    tell: (message) => told.push(message),
    cleanUp,
    retryMs: 10,
  });
  expect(first).toEqual(outcomes[0] ? demo : undefined);
  await eventually(async () => (tries > outcomes.length ? tries : undefined));
  await cleanUp.run();
  expect(published).toBeGreaterThanOrEqual(outcomes.filter(Boolean).length);
  expect(told).toEqual([
    "There is nothing to try out yet: the storefront restarts",
    expect.stringMatching(/^There is something to try out again/),
  ]);
  const after = tries;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(tries).toBe(after);
});
