import { startGateway } from "../../gateway/support/test-gateway.ts";
import type { OpenGateway } from "./compare-with-merged.ts";

/** The whole gateway on a port, with its planning process. */
export const openServedGateway: OpenGateway = async (subgraphs, planner) => {
  const gateway = await startGateway(subgraphs, { engine: "etalase", planner, labels: { header: "x-labels" } });
  return {
    answer: async ({ query, variables, labels }) => {
      const { body } = await gateway.query(query, { variables, headers: { "x-labels": labels.join(",") } });
      return body;
    },
    close: gateway.close,
  };
};
