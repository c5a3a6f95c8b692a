import { listen } from "../subgraphs/hotels/server.ts";

export const up = listen;
