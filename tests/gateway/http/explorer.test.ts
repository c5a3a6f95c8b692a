import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";

const folder = temporaryFolder();
const presetFile = join(folder.path, "preset.json");
let shop: Shop;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await openShop();
  gateway = await startGateway([shop.content, shop.goods], { explorer: { presetFile } });
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
  folder.remove();
});

async function page(url = gateway.url): Promise<string> {
  return (await fetch(url, { headers: { accept: "text/html,application/xhtml+xml" } })).text();
}

/** The settings as a browser would read them: the text between the assignment and the end of its line. */
function settingsOf(html: string): { initialState: Record<string, unknown>; runTelemetry: boolean } {
  return JSON.parse(/var embeddedSandboxConfig = (.*);/.exec(html)?.[1] ?? "");
}

describe("the explorer", () => {
  test("a preset file, opens Sandbox with operation, variables and token", async () => {
    const preset = { document: "{ motto }", variables: { n: 1 }, headers: { Authorization: "Bearer abc" } };
    writeFileSync(presetFile, JSON.stringify(preset));
    const settings = settingsOf(await page());
    expect(settings.initialState).toMatchObject(preset);
    expect(settings.runTelemetry).toBe(false);
  });

  test("a preset file that changed, shows on the next page", async () => {
    writeFileSync(presetFile, JSON.stringify({ document: "{ a }" }));
    await page();
    writeFileSync(presetFile, JSON.stringify({ document: "{ b }" }));
    expect(settingsOf(await page()).initialState.document).toBe("{ b }");
  });

  test("a hostile preset, stays text", async () => {
    const hostile = {
      document: "</script><script>alert(1)</script><!--<script>$& $' $` \u2028 '\"&",
      variables: { "</script>": "</script><img src=x onerror=alert(2)>" },
      headers: { Authorization: "Bearer </script></script><svg/onload=alert(3)>" },
    };
    writeFileSync(presetFile, JSON.stringify(hostile));
    const html = await page();
    const plain = await page(gateway.url);
    expect(settingsOf(html).initialState).toMatchObject(hostile);
    const scripts = (text: string) => text.split("</script").length;
    writeFileSync(presetFile, "{}");
    expect(scripts(html)).toBe(scripts(await page()));
    expect(html).not.toMatch(/<img|<svg|<!--<script|alert\(1\)<\/script/);
    // A nonce that is used twice protects nothing.
    const nonce = (text: string) => /nonce="([^"]+)"/.exec(text)?.[1];
    expect(nonce(html)).not.toBe(nonce(plain));
  });

  test.each([
    ["that is missing", undefined],
    ["that is no JSON", "{"],
    ["of another shape", '{"document":7}'],
  ])("a preset file %s, leaves a plain Sandbox and a line in the log", async (_, text) => {
    writeFileSync(presetFile, text ?? "");
    const other = text === undefined ? join(folder.path, "missing.json") : presetFile;
    const own = await startGateway([shop.content, shop.goods], { explorer: { presetFile: other } });
    expect(settingsOf(await page(own.url)).initialState.document).toBeUndefined();
    expect(own.log.some(({ msg }) => msg === "the explorer's preset cannot be used")).toBe(true);
    await own.close();
  });

  test("the root address, leads a browser to the explorer", async () => {
    const response = await fetch(new URL("/", gateway.url), { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/graphql"]);
  });
});
