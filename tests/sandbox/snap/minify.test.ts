import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { minify } from "../../../sandbox/snap/minify.ts";

const minified = (text: string) => minify(Buffer.from(text)).toString();

describe("minify", () => {
  test.each([
    ["white space between tokens goes", '{ "a" :\t1 ,\r\n "b" : [ true , null ] }', '{"a":1,"b":[true,null]}'],
    ["white space in strings stays", '{"a b": " c\\td "}', '{"a b":" c\\td "}'],
    ["an escaped quote does not end a string", '{"a": "x\\" : y", "b": 1}', '{"a":"x\\" : y","b":1}'],
    ["an escaped backslash before a quote does", '{"a": "x\\\\" , "b": " "}', '{"a":"x\\\\","b":" "}'],
    ["a unicode escape is left as written", '{"a": "\\u0020 \\u00e9"}', '{"a":"\\u0020 \\u00e9"}'],
    ["letters of several bytes survive", '{ "nama" : "Café 東京 🛒" }', '{"nama":"Café 東京 🛒"}'],
    ["numbers keep their digits", '{"v": 1.00, "w": 1E+2}', '{"v":1.00,"w":1E+2}'],
    ["duplicate keys and their order stay", '{"b":1, "a":2, "b":3}', '{"b":1,"a":2,"b":3}'],
    ["other space is no JSON white space", '{"a":\u00a01}', '{"a":\u00a01}'],
    ["nothing stays nothing", "", ""],
    ["what is not JSON passes", 'a b "c d', 'ab"c d'],
  ])("%s", (_rule, given, wanted) => {
    expect(minified(given)).toBe(wanted);
  });

  test("any JSON, however indented, becomes what an unindented writer writes, and stays so", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4, "\t", "\n \r"), (value, indent) => {
        const compact = JSON.stringify(value);
        expect(minified(JSON.stringify(value, null, indent))).toBe(compact);
        expect(minified(compact)).toBe(compact);
      }),
    );
  });
});
