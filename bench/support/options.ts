import process from "node:process";

/** The number after `--name` on the command line, else the given one. */
export function numberOption(name: string, otherwise: number): number {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
}

/** Whether `--name` stands on the command line. */
export function hasOption(name: string): boolean {
  return process.argv.includes(`--${name}`);
}

/** The text after `--name` on the command line. */
export function textOption(name: string): string | undefined {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
}
