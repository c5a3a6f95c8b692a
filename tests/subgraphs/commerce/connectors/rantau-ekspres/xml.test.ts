import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { childrenOf, readXml, textOf } from "../../../../../subgraphs/commerce/connectors/rantau-ekspres/xml.ts";

const escapeXml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

describe("the courier's XML", () => {
  test("of any text, is read as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const source = `<?xml version="1.0"?>\n<a><b>${escapeXml(text)}</b><b/></a>\n`;
        const read = readXml(source);
        expect(childrenOf(read ?? undefined, "b").map((element) => element.text)).toEqual([text, ""]);
      }),
    );
  });

  test("of any bytes, is read or refused, and never fails", () => {
    const noise = fc.array(fc.constantFrom("<a>", "</a>", "<b/>", "text", "&amp;", "&#99;", "<", ">", "<!--", "&"));
    fc.assert(fc.property(noise, (parts) => void readXml(parts.join(""))));
  });

  test.each([
    "",
    "text",
    "<a>",
    "<a></b>",
    "<a></a><a></a>",
    '<a b="c"></a>',
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "<a><!-- c --></a>",
    "<a><![CDATA[c]]></a>",
    "</a>",
    "<a></a>text",
    `${"<a>".repeat(9)}${"</a>".repeat(9)}`,
  ])("%s, is not theirs", (source) => {
    expect(readXml(source)).toBeNull();
  });

  test("with two elements where there should be one, has no text there", () => {
    const read = readXml("<a><b>1</b><b>2</b></a>") ?? undefined;
    expect(textOf(read, "b")).toBeUndefined();
    expect(textOf(read, "c")).toBeUndefined();
  });
});
