import type { SubgraphRequest } from "../../platform/runtime/subgraph-server.ts";

/** What a storefront resolver has for one request: who asks, and the loaders that live as long as the request. */
export type RequestContext = SubgraphRequest;
