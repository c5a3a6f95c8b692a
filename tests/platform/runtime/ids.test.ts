import { describe, expect, test } from "@jest/globals";
import { deterministicId, newId } from "../../../platform/runtime/ids.ts";
import { isUuid } from "../../../platform/values/ids.ts";

describe("ids", () => {
  test("new ids, made one after another, sort by time and are UUIDv7", () => {
    const ids = Array.from({ length: 1000 }, () => newId());
    expect(ids).toEqual([...ids].sort());
    expect(ids.every((id) => isUuid(id) && id[14] === "7")).toBe(true);
  });

  test("a deterministic id, made twice, is the same, rises with n and differs between namespaces", () => {
    const ids = Array.from({ length: 100 }, (_, n) => deterministicId("product", n));
    expect(ids).toEqual(Array.from({ length: 100 }, (_, n) => deterministicId("product", n)));
    expect(ids).toEqual([...ids].sort());
    expect(ids.every((id) => isUuid(id) && id[14] === "7")).toBe(true);
    expect(deterministicId("shop", 0)).not.toBe(ids[0]);
  });

  test.each(["", "1", "0191D3A0-0000-7000-8000-000000000000", "0191d3a0-0000-7000-8000-00000000000g", "' OR 1=1 --"])(
    "%j, which is no canonical UUID, is not taken for an id",
    (text) => {
      expect(isUuid(text)).toBe(false);
    },
  );
});
