import { relative } from "node:path";
import type { Demo } from "./demo.ts";
import { demoFiles } from "./demo-files.ts";
import type { Deployment } from "./deployment.ts";
import { local } from "./deployment-settings.ts";
import type { LaunchSettings } from "./launch-settings.ts";

function rows(settings: LaunchSettings, { urls }: Deployment): [string, string, string][] {
  const { ports } = settings;
  return [
    ["gateway", urls.graphql, "the one endpoint; open it in a browser for the explorer"],
    ["storefront", local(ports.storefront), "creators, videos, live sessions"],
    ["storefront events", local(ports.storefrontEvents), "where commerce tells what was sold, or sold out"],
    ["commerce", local(ports.commerce), "shops, carts, orders, payments"],
    ["commerce call-backs", local(ports.commerceCallback), "where payment providers notify"],
    ["commerce worker", local(ports.commerceWorker), "expiry, notifications (health and metrics)"],
    ["identity (sandbox)", urls.identity, "signs users in"],
    ["bank-cendana (sandbox)", urls.bankCendana, "pay virtual accounts and QRIS here"],
    ["bank-meranti (sandbox)", urls.bankMeranti, "pay virtual accounts here"],
    ["kantong (sandbox)", urls.kantong, "pay with the wallet here"],
    ["lumbung (sandbox)", urls.lumbung, "pay with the wallet's code here"],
    ["gerbang (sandbox)", urls.gerbang, "pay by card here"],
    ["lintas-kurir (sandbox)", urls.lintasKurir, "move parcels on here"],
    ["rantau-ekspres (sandbox)", urls.rantauEkspres, "move parcels on here"],
  ];
}

function table(lines: readonly [string, string, string][]): string[] {
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map(
    ([name, address, what]) => `  ${name.padEnd(widths[0] ?? 0)}  ${address.padEnd(widths[1] ?? 0)}  ${what}`,
  );
}

function pathForPeople(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}

/** As a shell takes it for one word, wherever it stands. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The operation, short and with its values in it: to be pasted into any client. Sent after the explorer's, it answers the same purchase. */
function operationToPaste({ variables }: Demo): string {
  const values = Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value)]);
  const { videoId, variantId, attributionToken, ...rest } = Object.fromEntries(values) as Record<string, string>;
  const { expectedCartVersion, addressId, paymentMethodId, addKey, checkoutKey } = rest;
  const refusal = "... on UserError { code message }";
  return [
    "mutation BrowseAndBuy {",
    `  likeVideo(input: { videoId: ${videoId} }) { ... on LikeVideoSuccess { video { title likeCount } } ${refusal} }`,
    `  addToCart(input: { variantId: ${variantId}, attributionToken: ${attributionToken}, idempotencyKey: ${addKey} }) {`,
    `    ... on AddToCartSuccess { cart { version } } ${refusal} }`,
    `  checkout(input: { expectedCartVersion: ${expectedCartVersion}, addressId: ${addressId}, paymentMethodId: ${paymentMethodId}, idempotencyKey: ${checkoutKey} }) {`,
    `    ... on CheckoutSuccess { orders { id status total { amount } lines { title attributedTo { creator { handle } } } }`,
    `      payment { id status instructions { ... on VirtualAccountInstructions { bankName virtualAccountNo } } } } ${refusal} }`,
    "}",
  ].join("\n");
}

function demoLines(demo: Demo, home: string, urls: Deployment["urls"]): string[] {
  const files = demoFiles(home);
  const token = quoted(pathForPeople(files.buyerToken));
  const request = quoted(`@${pathForPeople(files.request)}`);
  return [
    `Explorer: ${urls.graphql} opens with BrowseAndBuy and the demo buyer's token: press its button to buy`,
    `  ${demo.purchase}`,
    `  then pay it at ${urls.bankCendana}.`,
    "",
    "The same from a shell:",
    `  curl -s ${urls.graphql} -H 'content-type: application/json' -H "authorization: Bearer $(cat ${token})" --data ${request}`,
    "",
    "Or paste it into a client that sends the buyer's token:",
    operationToPaste(demo),
    "",
    `Token of demo-buyer (${Math.round(demo.tokenLifetimeSeconds / 3600)} h):`,
    demo.buyerToken,
    "Token of demo-analyst:",
    demo.analystToken,
  ];
}

/** What the person at the terminal sees once everything runs. */
export function summarise(settings: LaunchSettings, deployment: Deployment, demo: Demo | undefined): string {
  const { home } = settings;
  return [
    "",
    ...table(rows(settings, deployment)),
    "",
    ...(demo === undefined ? [`Explorer: ${deployment.urls.graphql}`] : demoLines(demo, home, deployment.urls)),
    "",
    `Data, logs and secrets are in ${pathForPeople(home)}; Ctrl-C stops everything, \`npm run reset\` forgets the data.`,
  ].join("\n");
}
