import { describe, expect, test } from "@jest/globals";
import { crc16, QrFormatError, qrisContent, readQr } from "../../../sandbox/bank-cendana/emv.ts";

// The sample code of EMV QRCPS merchant-presented mode 1.1, appendix A; its CRC is A13A.
const sample =
  "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A";

describe("CRC", () => {
  test("the check word of CRC-16/CCITT-FALSE is 29B1", () => {
    expect(crc16("123456789")).toBe("29B1");
    expect(crc16("")).toBe("FFFF");
  });

  test("the sample code of the EMV specification is accepted, and refused with one character changed", () => {
    expect(readQr(sample).get("54")).toBe("23.72");
    expect(() => readQr(sample.replace("BEIJING", "BEIJINH"))).toThrow(QrFormatError);
    expect(() => readQr(sample.slice(0, 40))).toThrow(QrFormatError);
  });
});

test("a dynamic QRIS, written, holds what the specification asks for, CRC last", () => {
  const content = qrisContent({
    merchantId: "00007100010926",
    merchantName: "Etalase",
    merchantCity: "JAKARTA",
    postalCode: "10110",
    amount: "149000.00",
    reference: "20261124081500123456789012",
    terminalId: "ETALASE",
  });
  const fields = readQr(content);
  expect([...fields.keys()].at(0)).toBe("00");
  expect([...fields.keys()].at(-1)).toBe("63");
  expect(Object.fromEntries(fields)).toMatchObject({ "01": "12", "53": "360", "54": "149000.00", "58": "ID" });
  expect(readQr(`${fields.get("62")}${"6304"}${crc16(`${fields.get("62")}6304`)}`).get("05")).toBe(
    "20261124081500123456789012",
  );
  expect(content.length).toBeLessThanOrEqual(512);
});
