import type { Principal } from "../request-context.ts";

/** Tells whether somebody may see plans and ownership: they show the organisations and what each is asked. */
export type MayExplain = (principal: Principal) => boolean;

const scopePrefix = "scope ";

/** Reads the setting `explain`: `off`, `everybody`, or `scope NAME` for users whose token has that scope. */
export function mayExplain(setting: string): MayExplain {
  if (setting === "everybody") return () => true;
  if (!setting.startsWith(scopePrefix)) return () => false;
  const scope = setting.slice(scopePrefix.length);
  return (principal) => principal.kind === "user" && principal.scopes.includes(scope);
}
