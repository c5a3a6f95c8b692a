// Adds to package-lock.json the packages for other platforms that a package offers as optional. A registry that mirrors
// only some platforms leaves them out, and `npm ci` then refuses the file everywhere. Run it after `npm install`. The entries
// have no checksum: only a registry that holds the package tells it.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const file = join(dirname(fileURLToPath(import.meta.url)), "..", "package-lock.json");
const platform = /(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>[a-z0-9]+)(?:-(?<abi>[a-z]+))?$/;
const libcs = { musl: ["musl"], gnu: ["glibc"] };

function isFound(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    if (packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === "") return false;
  }
}

function entryFor(name, version, parent) {
  const { os, cpu, abi } = platform.exec(name)?.groups ?? {};
  if (os === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version}: add it to package-lock.json by hand`);
  const libc = os === "linux" ? libcs[abi] : undefined;
  return { version, cpu: [cpu], dev: parent.dev, libc, license: parent.license, optional: true, os: [os] };
}

const lock = JSON.parse(readFileSync(file, "utf8"));
const added = {};
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!isFound(lock.packages, path, name)) added[`node_modules/${name}`] = entryFor(name, version, entry);
  }
}
const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, "en"));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
process.stdout.write(`package-lock.json: ${Object.keys(added).length} packages for other platforms added.\n`);
