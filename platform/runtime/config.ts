import { readFileSync } from "node:fs";
import { z } from "zod";

/** The configuration of a process cannot be used. Its message is one sentence per mistake and says what to set. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

function describe(error: z.ZodError, source: string): string {
  return error.issues.map((issue) => `${source}: ${issue.path.join(".") || "(whole)"}: ${issue.message}`).join("\n");
}

/**
 * Reads a process's settings from its environment.
 * @throws ConfigurationError naming every variable that is missing or malformed; values are never repeated.
 */
export function readEnvironment<Shape extends z.ZodType>(shape: Shape, environment: NodeJS.ProcessEnv): z.infer<Shape> {
  const parsed = shape.safeParse(environment);
  if (!parsed.success) throw new ConfigurationError(describe(parsed.error, "environment"));
  return parsed.data;
}

/** Reads a file named by configuration. @throws ConfigurationError when it cannot be read. */
export function readConfiguredFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    throw new ConfigurationError(
      `${path}: cannot be read (${reason}); check that it exists and that this user may read it`,
    );
  }
}

/** Reads and checks a JSON file named by configuration. @throws ConfigurationError */
export function readJsonFile<Shape extends z.ZodType>(shape: Shape, path: string): z.infer<Shape> {
  let json: unknown;
  try {
    json = JSON.parse(readConfiguredFile(path));
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw new ConfigurationError(`${path}: is not JSON`);
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw new ConfigurationError(describe(parsed.error, path));
  return parsed.data;
}

/** A TCP port in an environment variable; 0 asks the system for a free one. */
export const portSetting = z.coerce.number().int().min(0).max(65_535);
