// What a program needs of its surroundings; everything else (secrets of the shell among it) stays with the parent.
const inherited = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "SystemRoot", "ComSpec", "NODE_EXTRA_CA_CERTS"];

/** The environment of a child process, built from scratch: a few neutral variables of the parent and `own`. */
export function childEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...own };
}
