import { readFileSync } from "node:fs";

/** Of the times in /proc: USER_HZ, which is 100 on every architecture that node runs on. */
export const ticksPerSecond = 100;

/** User and system time that a process has used, in milliseconds. Source: proc(5), /proc/pid/stat. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Memory of a process that is in RAM, in megabytes. */
export function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;
}
