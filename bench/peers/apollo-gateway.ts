import process from "node:process";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

// The peer `@apollo/gateway` as its maker documents it: on Apollo Server, with its own HTTP client.

process.env.APOLLO_TELEMETRY_DISABLED = "1";
const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: process.env.BENCH_SUPERGRAPH ?? "" }) });
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: "127.0.0.1" } });
process.send?.({ port: Number(new URL(url).port) });
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
