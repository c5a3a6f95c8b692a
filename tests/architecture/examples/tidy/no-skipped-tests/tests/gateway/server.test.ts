import { test } from "@jest/globals";

test.only("a gateway, asked, answers", () => {});
