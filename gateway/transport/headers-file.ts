import { z } from "zod";
import { readJsonFile } from "../../platform/runtime/config.ts";

const headersShape = z.record(z.string().regex(/^[\w-]+$/), z.string());

/** Reads headers (JSON object, names to values) that hold a secret. @throws ConfigurationError */
export function readHeadersFile(path: string): Record<string, string> {
  const headers = readJsonFile(headersShape, path);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
