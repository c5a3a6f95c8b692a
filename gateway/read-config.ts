import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { ConfigurationError, readConfiguredFile } from "../platform/runtime/config.ts";
import { type GatewayConfig, gatewayConfigShape } from "./config.ts";

/** What the command line may say; it overrides the file. */
export interface ConfigOverrides {
  readonly supergraph?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly engine?: string | undefined;
  readonly planner?: string | undefined;
}

type Issue = z.core.$ZodIssue;

function wanted(issue: Issue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `is not a setting of the gateway: ${issue.keys.join(", ")}; check the spelling or take it out`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return issue.input === undefined && !issue.message.startsWith("is missing")
        ? `is missing; it must be a ${issue.expected}`
        : issue.message.startsWith("Invalid input")
          ? `must be a ${issue.expected}`
          : issue.message;
    case "too_small":
      return `must be at least ${issue.minimum}${issue.origin === "string" ? " characters long" : ""}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    case "invalid_format":
      return issue.format === "url" ? "must be an http or https address" : issue.message;
    case "invalid_union": {
      // Of the alternatives the last is the one that people mean; its complaint is the helpful one.
      const last = issue.errors.at(-1)?.[0];
      return last === undefined ? issue.message : wanted(last);
    }
    default:
      return issue.message;
  }
}

function sentence(issue: Issue, source: string): string {
  const place = issue.path.map(String).join(".");
  return place === "" ? `${source}: ${wanted(issue)}` : `${source}: ${place} ${wanted(issue)}`;
}

function readFileAsObject(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    // JSON is YAML, so one parser reads both.
    content = parseYaml(readConfiguredFile(path));
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new ConfigurationError(`${path}: is neither JSON nor YAML: ${error.message.split("\n")[0]}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigurationError(
      `${path}: must hold one object of settings, as { "supergraph": "supergraph.graphql" }`,
    );
  }
  return content as Record<string, unknown>;
}

/**
 * Joins configuration file (JSON or YAML) and overrides.
 * @throws ConfigurationError with one sentence for each mistake: the file, the setting, what it must be
 */
export function readGatewayConfig(path: string | undefined, overrides: ConfigOverrides): GatewayConfig {
  const file = path === undefined ? {} : readFileAsObject(path);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = gatewayConfigShape.safeParse({ ...file, ...given }, { reportInput: true });
  if (!parsed.success) {
    const source = path ?? "command line";
    throw new ConfigurationError(parsed.error.issues.map((issue) => sentence(issue, source)).join("\n"));
  }
  return parsed.data;
}
