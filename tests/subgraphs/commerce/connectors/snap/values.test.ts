import { describe, expect, test } from "@jest/globals";
import { isExternalId, newExternalId } from "../../../../../subgraphs/commerce/connectors/snap/external-id.ts";
import { amountField } from "../../../../../subgraphs/commerce/connectors/snap/fields.ts";
import {
  formatResponseCode,
  parseResponseCode,
} from "../../../../../subgraphs/commerce/connectors/snap/response-code.ts";
import {
  fromSnapTimestamp,
  isFresh,
  jakartaDay,
  toSnapTimestamp,
} from "../../../../../subgraphs/commerce/connectors/snap/timestamps.ts";

describe("SNAP timestamps", () => {
  test("an instant is written in Jakarta's zone and read again", () => {
    const instant = new Date("2020-12-17T03:55:00Z");
    expect(toSnapTimestamp(instant)).toBe("2020-12-17T10:55:00+07:00");
    expect(fromSnapTimestamp("2020-12-17T10:55:00+07:00")).toEqual(instant);
  });

  test("the day of an instant late in UTC is Jakarta's next", () => {
    expect(jakartaDay(new Date("2026-11-23T17:00:00Z"))).toBe("2026-11-24");
    expect(jakartaDay(new Date("2026-11-23T16:59:59Z"))).toBe("2026-11-23");
  });

  test("a timestamp is fresh within five minutes either way, and never when it is malformed", () => {
    const now = new Date("2026-11-24T00:00:00Z");
    expect(isFresh("2026-11-24T07:05:00+07:00", now)).toBe(true);
    expect(isFresh("2026-11-24T06:55:00+07:00", now)).toBe(true);
    expect(isFresh("2026-11-24T07:05:01+07:00", now)).toBe(false);
    expect(isFresh("2026-11-24T06:54:59+07:00", now)).toBe(false);
    expect(isFresh("2026-11-24 07:00:00", now)).toBe(false);
    expect(isFresh("2026-13-24T07:00:00+07:00", now)).toBe(false);
  });
});

describe("X-EXTERNAL-ID", () => {
  test("a new one is 36 digits that begin with the time", () => {
    const id = newExternalId(new Date("2026-11-24T01:02:03.456Z"), (count) => "7".repeat(count));
    expect(id).toBe(`261124010203456${"7".repeat(21)}`);
    expect(isExternalId(id)).toBe(true);
  });

  test("letters, nothing and 37 digits are none", () => {
    expect(isExternalId("12a")).toBe(false);
    expect(isExternalId("")).toBe(false);
    expect(isExternalId("1".repeat(37))).toBe(false);
  });
});

describe("response codes", () => {
  test("a code is taken apart and put together", () => {
    expect(parseResponseCode("4042519")).toEqual({ httpStatus: 404, serviceCode: "25", caseCode: "19" });
    expect(formatResponseCode("40419", "25")).toBe("4042519");
  });

  test("anything but seven digits is no code", () => {
    for (const wrong of ["404251", "40425190", "abcdefg", 4042519, null, undefined]) {
      expect(parseResponseCode(wrong)).toBeNull();
    }
  });
});

describe("amounts", () => {
  test("an amount is read as minor units", () => {
    expect(amountField.parse({ value: "149000.01", currency: "IDR" })).toEqual({
      amountMinor: 14_900_001n,
      currency: "IDR",
    });
    expect(amountField.parse({ value: "0.01", currency: "IDR" }).amountMinor).toBe(1n);
  });

  test("nothing, less than nothing, other decimals and seventeen digits are no amounts", () => {
    for (const value of ["0.00", "00.00", "-1.00", "1", "1.0", "1.000", "123456789012345.00"]) {
      expect(amountField.safeParse({ value, currency: "IDR" }).success).toBe(false);
    }
  });
});
