import { randomUUID } from "node:crypto";
import { LaunchError } from "./launch-error.ts";

/** What a newcomer is given to try: an operation that buys something, ready to send. */
export interface Demo {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly buyerToken: string;
  readonly analystToken: string;
  /** How long the tokens live, in seconds. */
  readonly tokenLifetimeSeconds: number;
  /** What the operation buys, in words. */
  readonly purchase: string;
}

/** Where to prepare it. */
export interface DemoSettings {
  readonly graphqlUrl: string;
  readonly identityUrl: string;
  /** Text of schema/operations/browse-and-buy.graphql. */
  readonly document: string;
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}

interface DemoVariant {
  readonly id: string;
  readonly availableStock: number;
  readonly price: { readonly amount: string; readonly currency: string };
}

interface DemoVideo {
  readonly id: string;
  readonly title: string;
  readonly creator: { readonly handle: string };
  readonly showcase: readonly {
    readonly attributionToken: string;
    readonly product: { readonly title: string; readonly variants: readonly DemoVariant[] } | null;
  }[];
}

interface FeedPage {
  readonly feed: {
    readonly nodes: readonly DemoVideo[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

async function signIn(identityUrl: string, username: string): Promise<Token> {
  const response = await fetch(`${identityUrl}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "password", username, password: "etalase" }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new LaunchError(`The identity provider gave ${username} no token (HTTP ${response.status}).`);
  return (await response.json()) as Token;
}

async function ask<Data>(settings: DemoSettings, token: string, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(settings.graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = (await response.json()) as { data?: Data | null; errors?: { message: string }[] };
  const message = answer.errors?.[0]?.message;
  if (message !== undefined || answer.data == null) {
    throw new LaunchError(`The gateway answered the demo buyer: ${message ?? `HTTP ${response.status}`}.`);
  }
  return answer.data;
}

async function addressOf(settings: DemoSettings, token: string): Promise<string> {
  const known = await ask<{ addresses: { id: string }[] }>(settings, token, "query DemoAddresses { addresses { id } }");
  if (known.addresses[0] !== undefined) return known.addresses[0].id;
  const found = await ask<{ districts: { code: string }[] }>(
    settings,
    token,
    'query DemoDistrict { districts(search: "Kebayoran", first: 1) { code } }',
  );
  const district = found.districts[0];
  if (district === undefined) throw new LaunchError("Commerce knows no district for the demo buyer's address.");
  const input = {
    recipientName: "Pembeli Demo",
    phone: "+6281200001234",
    street: "Jalan Senopati 41",
    districtCode: district.code,
    postalCode: "12190",
    idempotencyKey: "demo-buyer-address",
  };
  const added = await ask<{ addAddress: { address?: { id: string }; message?: string } }>(
    settings,
    token,
    `mutation DemoAddress($input: AddAddressInput!) {
      addAddress(input: $input) { ... on AddAddressSuccess { address { id } } ... on UserError { message } }
    }`,
    { input },
  );
  const { address, message } = added.addAddress;
  if (address === undefined) throw new LaunchError(`The demo buyer's address was refused: ${message}.`);
  return address.id;
}

const feedQuery = `query DemoFeed($after: String) {
  feed(first: 20, after: $after) {
    nodes {
      id
      title
      creator { handle }
      showcase {
        attributionToken
        product { title variants { id availableStock price { amount currency } } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

function choose(videos: readonly DemoVideo[]) {
  for (const video of videos) {
    for (const item of video.showcase) {
      const variant = item.product?.variants.find(({ availableStock }) => availableStock > 0);
      if (variant !== undefined) return { video, item, variant, title: item.product?.title ?? "" };
    }
  }
  return undefined;
}

async function findPurchase(settings: DemoSettings, token: string) {
  let after: string | null = null;
  for (let page = 0; page < 10; page += 1) {
    const { feed }: FeedPage = await ask<FeedPage>(settings, token, feedQuery, { after });
    const chosen = choose(feed.nodes);
    if (chosen !== undefined) return chosen;
    if (!feed.pageInfo.hasNextPage) break;
    after = feed.pageInfo.endCursor;
  }
  throw new LaunchError("No video of the feed shows a product with stock: `npm run reset` begins with fresh data.");
}

/**
 * Signs the demo users in, gives the buyer an address and finds something to buy: through the gateway, as any client
 * would. The operation has fresh keys: sent once it buys, sent again it answers the same purchase.
 * @throws LaunchError when a service refuses or nothing can be bought
 */
export async function prepareDemo(settings: DemoSettings): Promise<Demo> {
  const [buyer, analyst] = await Promise.all([
    signIn(settings.identityUrl, "demo-buyer"),
    signIn(settings.identityUrl, "demo-analyst"),
  ]);
  const token = buyer.access_token;
  const [addressId, { cart }, chosen] = await Promise.all([
    addressOf(settings, token),
    ask<{ cart: { version: number } }>(settings, token, "query DemoCart { cart { version } }"),
    findPurchase(settings, token),
  ]);
  const { video, item, variant, title } = chosen;
  return {
    document: settings.document,
    variables: {
      videoId: video.id,
      variantId: variant.id,
      attributionToken: item.attributionToken,
      expectedCartVersion: cart.version + 1,
      addressId,
      paymentMethodId: "bank-cendana.virtual-account",
      addKey: randomUUID(),
      checkoutKey: randomUUID(),
    },
    buyerToken: token,
    analystToken: analyst.access_token,
    tokenLifetimeSeconds: Math.min(buyer.expires_in, analyst.expires_in),
    purchase: `${title} (${variant.price.currency} ${variant.price.amount}), shown by @${video.creator.handle} in "${video.title}"`,
  };
}
