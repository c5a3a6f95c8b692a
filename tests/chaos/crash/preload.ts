import { register } from "node:module";

// `node --import <this file> dist/subgraphs/commerce/server.js`: the program is the production's own, file by file. Only
// what the loader gives for a few of its modules is wrapped: see hooks.ts. Nothing of it is in the programs themselves.
register("./hooks.js", import.meta.url);
