import { Linter } from "eslint";

export const linter = Linter;
