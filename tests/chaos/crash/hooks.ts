import type { LoadHook, ResolveHook } from "node:module";

// The functions by which ports are made, and what is put around each: of this name in around.ts.
const seams: Readonly<Record<string, string>> = {
  "/dist/subgraphs/commerce/store/transactions.js": "createTransactions",
  "/dist/subgraphs/commerce/store/durable/engine.js": "startDurableEngine",
  "/dist/subgraphs/commerce/composition/connectors.js": "composeConnectors",
  "/dist/subgraphs/commerce/connectors/event-receiver/send-event.js": "createEventSender",
};
const mark = "?as-it-is";
const around = new URL("./around.js", import.meta.url).href;

function seamOf(url: string): string | undefined {
  const path = Object.keys(seams).find((end) => url.endsWith(end));
  return path === undefined ? undefined : seams[path];
}

/** Lets the module as it is be asked for by `?as-it-is`. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  if (!specifier.endsWith(mark)) return next(specifier, context);
  return { url: specifier, format: "module", shortCircuit: true };
};

/** Gives a module of the seams with one of its functions wrapped; all others as they are. */
export const load: LoadHook = async (url, context, next) => {
  const seam = seamOf(url);
  if (seam === undefined) return next(url, context);
  const original = JSON.stringify(url + mark);
  const source = [
    `export * from ${original};`,
    `import { ${seam} as made } from ${original};`,
    `import * as around from ${JSON.stringify(around)};`,
    `export const ${seam} = around.${seam}(made);`,
  ].join("\n");
  return { format: "module", source, shortCircuit: true };
};
