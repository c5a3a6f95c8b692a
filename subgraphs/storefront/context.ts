import type { SubgraphRequest } from "../../platform/runtime/subgraph-request.ts";
import type { NewId } from "../../platform/values/ids.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { AttributionSigner, LiveStates } from "./domain/ports.ts";
import { createLoaders, type LoaderSources, type Loaders } from "./loaders/loaders.ts";

/** What domain actions and resolvers work with, the same for all requests of a process. */
export interface Ports extends LoaderSources {
  readonly attribution: AttributionSigner;
  readonly live: LiveStates;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** What a storefront resolver has for one request: who asks, and the loaders that live as long as the request. */
export interface RequestContext extends SubgraphRequest {
  readonly ports: Ports;
  readonly loaders: Loaders;
}

/** Makes the context of one request. */
export function createRequestContext(request: SubgraphRequest, ports: Ports): RequestContext {
  return { ...request, ports, loaders: createLoaders(ports, request.caller.subject) };
}
