import { generateKeyPairSync } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testRunFolder } from "./test-run.ts";

/** An RSA key pair in PEM. */
export interface RsaKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key pair that nobody else has. */
export function newRsaKeys(): RsaKeys {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/**
 * The key pair of that name: everybody in a run of the tests gets the same one. To make one takes a processor more than a
 * tenth of a second, and the providers that a file starts have ten.
 */
export function rsaKeysOf(name: string): RsaKeys {
  const file = join(testRunFolder(), `rsa-${name}.json`);
  if (!existsSync(file)) {
    const own = `${file}.${process.pid}`;
    writeFileSync(own, JSON.stringify(newRsaKeys()));
    try {
      // Under its name it is whole, and the first stays.
      linkSync(own, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(own);
    }
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
