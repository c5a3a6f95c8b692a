import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { addressOf, isAddressRange, networkOf, trustOf } from "../../../gateway/http/client-address.ts";

function from(remoteAddress: string | undefined, forwardedFor?: string): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  return { headers, socket: { remoteAddress } } as IncomingMessage;
}

describe("a client's address", () => {
  const proxies = trustOf(["10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48"]);

  test.each([
    ["of a connection that is no proxy's, is that one", "192.0.2.1", "198.51.100.1", "192.0.2.1"],
    ["behind a proxy, is the one it tells", "10.0.0.7", "198.51.100.1", "198.51.100.1"],
    [
      "behind two, is the right-most that is no proxy's",
      "127.0.0.1",
      "6.6.6.6, 198.51.100.1 ,10.9.9.9",
      "198.51.100.1",
    ],
    ["behind a proxy on an IPv6 socket, is the one it tells", "::ffff:10.0.0.7", "2001:db8::5", "2001:db8::5"],
    ["of a proxy's own request, is the proxy's", "2001:db8:1::9", undefined, "2001:db8:1::9"],
    ["behind a proxy that tells no address, is what it told", "10.0.0.7", "6.6.6.6, unknown", "unknown"],
    ["of a connection that is gone, is empty", undefined, "6.6.6.6", ""],
  ])("%s", (_what, remote, forwarded, expected) => {
    expect(addressOf(from(remote, forwarded), proxies)).toBe(expected);
  });

  test("without a trusted proxy, is the connection's whatever is told", () => {
    expect(addressOf(from("127.0.0.1", "6.6.6.6"), trustOf([]))).toBe("127.0.0.1");
  });

  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"],
    ["2001:0DB8::7:1:2:3:4", "2001:db8:0:7::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ])("%s, counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test.each([
    ["10.0.0.1", true],
    ["10.0.0.0/8", true],
    ["2001:db8::/32", true],
    ["10.0.0.0/33", false],
    ["10.0.0.0/", false],
    ["10.0.0.0/8/8", false],
    ["proxy.example", false],
    ["", false],
  ])("as a setting, %s is accepted: %s", (text, isAccepted) => {
    expect(isAddressRange(text)).toBe(isAccepted);
  });
});
