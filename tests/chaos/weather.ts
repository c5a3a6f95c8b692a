import { setTimeout as sleep } from "node:timers/promises";
import { between, type Chance, pick, pickWeighted } from "./chance.ts";
import type { Fleet } from "./fleet.ts";
import type { ProviderClient } from "./provider-client.ts";
import type { StormSettings } from "./settings.ts";
import { providerNames } from "./world.ts";

type Call = "request" | "status" | "cancel" | "refund";

// The operations of each provider by the names of its control API.
const operations: Readonly<Record<(typeof providerNames)[number], Readonly<Record<Call, readonly string[]>>>> = {
  "bank-cendana": {
    request: ["create-va", "qr-generate"],
    status: ["va-status", "qr-query"],
    cancel: ["delete-va", "qr-cancel"],
    refund: ["qr-refund"],
  },
  "bank-meranti": { request: ["create-va"], status: ["va-status"], cancel: ["delete-va"], refund: ["delete-va"] },
  kantong: {
    request: ["wallet-payment"],
    status: ["wallet-status"],
    cancel: ["wallet-cancel"],
    refund: ["wallet-refund"],
  },
  lumbung: {
    request: ["wallet-payment"],
    status: ["wallet-status"],
    cancel: ["wallet-cancel"],
    refund: ["wallet-refund"],
  },
  gerbang: {
    request: ["charge-create"],
    status: ["charge-status"],
    cancel: ["charge-cancel"],
    refund: ["charge-refund"],
  },
};

function mood(chance: Chance): object {
  const behaviour = pickWeighted(chance, { silent: 3, late: 3, fail: 3, drop: 3, "in-progress": 2 });
  // Half of what fails was done all the same.
  const work = chance() < 0.6;
  return behaviour === "late" ? { behaviour, delayMs: between(chance, 300, 6_000) } : { behaviour, work };
}

/** Providers that do not answer, answer late, fail after they did it, or before: until it is over. */
export async function haveWeather(client: ProviderClient, chance: Chance, isOver: () => boolean): Promise<void> {
  for (let round = 1; !isOver(); round += 1) {
    await sleep(between(chance, 100, 450));
    const provider = pick(chance, providerNames);
    const call = pickWeighted<Call>(chance, { request: 8, status: 5, cancel: 2, refund: 3 });
    await client.post(provider, "behaviours", {
      operation: pick(chance, operations[provider][call]),
      times: between(chance, 1, 2),
      ...mood(chance),
    });
    // What nobody has met is forgotten, so that rare calls do not meet all of it.
    if (round % 80 === 0) for (const name of providerNames) await client.forget(name);
  }
}

/** Kills at moments of chance: any process, the database among them. */
export async function killAtRandom(
  fleet: Fleet,
  { randomKillEveryMs }: StormSettings,
  chance: Chance,
  isOver: () => boolean,
): Promise<void> {
  const { providers: provider, apis: api, workers: worker, storefront } = fleet;
  const posts = { provider, api, worker, storefront: [storefront] };
  while (!isOver()) {
    await sleep(Math.min(-Math.log(1 - chance()), 4) * randomKillEveryMs);
    if (isOver()) return;
    const what = pickWeighted(chance, { provider: 45, storefront: 6, api: 25, worker: 9, server: 9, session: 6 });
    if (what === "server" || what === "session") await fleet.killPostgres(what);
    else pick(chance, posts[what]).kill();
  }
}
