import type { DeploymentPorts } from "../../launcher/deployment-settings.ts";
import { portVariables } from "../../launcher/launch-settings.ts";
import { claimPorts } from "../../launcher/ports.ts";

/** A free port for each that a deployment listens on, as the launcher's settings list them. */
export async function freePorts(): Promise<DeploymentPorts> {
  const names = Object.keys(portVariables());
  const ports = await claimPorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0])) as unknown as DeploymentPorts;
}
