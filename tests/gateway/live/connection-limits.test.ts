import { describe, expect, test } from "@jest/globals";
import { OpenConnections, type Place } from "../../../gateway/live/connection-limits.ts";
import { anonymous, type User } from "../../../gateway/request-context.ts";

const limits = { connections: 4, connectionsPerAddress: 2, connectionsPerIdentity: 1, shareForUsers: 0 };
const budi: User = { kind: "user", issuer: "i", subject: "budi", scopes: [], expiresAt: 0 };

function enter(open: OpenConnections, address: string): Place {
  const place = open.enter(address);
  if (typeof place === "string") throw new Error(place);
  return place;
}

describe("a connection's place", () => {
  test("left while it was found out who has it, is not taken again", () => {
    const open = new OpenConnections(limits);
    const place = enter(open, "192.0.2.1");
    place.leave();
    expect([place.settle(budi), open.total]).toEqual([false, 0]);
  });

  test("left twice, is left once", () => {
    const open = new OpenConnections(limits);
    const [one, two] = [enter(open, "192.0.2.1"), enter(open, "192.0.2.1")];
    for (const place of [one, two]) place.settle(anonymous);
    one.leave();
    one.leave();
    expect(open.total).toBe(1);
    two.leave();
    expect(open.total).toBe(0);
  });

  test("refused to a user who has as many as allowed, leaves the counts as they were", () => {
    const open = new OpenConnections(limits);
    const first = enter(open, "192.0.2.1");
    expect(first.settle(budi)).toBe(true);
    const second = enter(open, "192.0.2.2");
    expect([second.settle(budi), open.total]).toEqual([false, 1]);
    second.leave();
    first.leave();
    expect([enter(open, "192.0.2.2").settle(budi), open.total]).toEqual([true, 1]);
  });

  test("of an IPv6 client, counts with all of its line's", () => {
    const open = new OpenConnections(limits);
    for (const host of ["1", "2"]) enter(open, `2001:db8:0:1::${host}`);
    expect(open.enter("2001:db8:0:1:ffff::9")).toBe("address-full");
    expect(typeof open.enter("2001:db8:0:2::1")).toBe("object");
  });
});
