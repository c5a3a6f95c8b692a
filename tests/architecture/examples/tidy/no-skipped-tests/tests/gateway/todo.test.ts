import { test } from "@jest/globals";

test.todo("a gateway, asked, answers");
