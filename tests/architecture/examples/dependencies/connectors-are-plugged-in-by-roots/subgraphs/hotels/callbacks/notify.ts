import { chain } from "../connectors/chain-a/client.ts";

export const notify = chain;
