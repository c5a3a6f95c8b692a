import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeResult, encodeResult } from "../../../../../subgraphs/commerce/store/durable/recorded-json.ts";

describe("the record of a result", () => {
  test("instants and big integers at any depth are what they were", () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("node"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).node;
    fc.assert(fc.property(value, (result) => expect(decodeResult(encodeResult(result))).toEqual(result)));
  });

  test("nothing is recorded as null", () => {
    expect(decodeResult(encodeResult(undefined))).toBeNull();
  });
});
