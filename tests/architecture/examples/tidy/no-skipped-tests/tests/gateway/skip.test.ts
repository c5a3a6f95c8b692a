import { describe } from "@jest/globals";

describe.skip("a gateway", () => {});
