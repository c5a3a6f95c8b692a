import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import { z } from "zod";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { RequestContext } from "../request-context.ts";

const presetShape = z.object({
  document: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

/** What Sandbox opens with. */
export type ExplorerPreset = z.infer<typeof presetShape>;

/** A JSON text that may stand in a script element, whatever it holds. */
function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&'\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function readPreset(path: string, logger: Logger): Promise<ExplorerPreset> {
  try {
    return presetShape.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    // The explorer is worth more with an empty page than not at all.
    logger.warn({ err: error, path }, "the explorer's preset cannot be used");
    return {};
  }
}

/** Renders the page with the preset: Apollo's own escaping replaces only the first of each character, so it never sees it. */
async function renderWith(preset: ExplorerPreset): Promise<string> {
  const placeholder = `preset-${randomUUID()}`;
  const plugin = ApolloServerPluginLandingPageLocalDefault({
    footer: false,
    includeCookies: false,
    embed: { runTelemetry: false, initialState: { pollForSchemaUpdates: false } },
    document: placeholder,
  });
  const page = await (await plugin.serverWillStart?.({} as never))?.renderLandingPage?.();
  if (page === undefined) throw new Error("Apollo Server's landing page plug-in renders no page");
  const html = typeof page.html === "string" ? page.html : await page.html();
  const { document, variables, headers } = preset;
  const members = Object.entries({ document, variables, headers }).filter(([, value]) => value !== undefined);
  const state = members.map(([name, value]) => `${JSON.stringify(name)}:${toScriptJson(value)}`).join(",");
  // A function, because a replacement string would give `$&` in a document a meaning.
  const filled = html.replace(`"document":"${placeholder}",`, () => (state === "" ? "" : `${state},`));
  if (filled.includes(placeholder)) throw new Error("Apollo Server's landing page has another shape than expected");
  return filled;
}

/**
 * The page of Apollo Sandbox, opened with the preset file's operation, variables and headers.
 * The file (JSON: document, variables, headers) is read anew for each page, so that a fresh token shows at once.
 */
export async function renderExplorer(presetFile: string | undefined, logger: Logger): Promise<string> {
  return renderWith(presetFile === undefined ? {} : await readPreset(presetFile, logger));
}

/** A page as the landing page of Apollo Server. */
export function explorerPlugin(render: () => Promise<string>): ApolloServerPlugin<RequestContext> {
  return {
    async serverWillStart() {
      return {
        async renderLandingPage() {
          return { html: render };
        },
      };
    },
  };
}
