import { createLogger } from "../platform/runtime/logger.ts";
import { runMain } from "../platform/runtime/shutdown.ts";
import { createBankCendana } from "./bank-cendana/server.ts";
import { createBankMeranti } from "./bank-meranti/server.ts";
import { processorConfig, providerConfig, readSandboxConfig } from "./config.ts";
import { startCourier } from "./couriers/courier.ts";
import { createGerbang } from "./gerbang/server.ts";
import { startIdentity } from "./identity/start.ts";
import { createKantong } from "./kantong/server.ts";
import { createLintasKurir } from "./lintas-kurir/server.ts";
import { createLumbung } from "./lumbung/server.ts";
import { createRantauEkspres } from "./rantau-ekspres/server.ts";
import { startProvider } from "./start.ts";

// All providers in one process, each on its own port with its own book: they share nothing but the process.
const logger = createLogger("sandbox");
runMain(logger, async (shutdown) => {
  const config = readSandboxConfig(process.env);
  await startIdentity(config.identity, logger.child({ provider: "identity" }), shutdown);
  const providers = {
    "bank-cendana": createBankCendana,
    "bank-meranti": createBankMeranti,
    kantong: createKantong,
    lumbung: createLumbung,
  };
  for (const [name, create] of Object.entries(providers)) {
    const child = logger.child({ provider: name });
    await startProvider(create, providerConfig(config, name), config.dataDir, child, shutdown);
  }
  const child = logger.child({ provider: "gerbang" });
  await startProvider(createGerbang, processorConfig(config, "gerbang"), config.dataDir, child, shutdown);
  const { "lintas-kurir": lintas, "rantau-ekspres": rantau } = config.couriers;
  const carrier = (name: string) => logger.child({ courier: name });
  if (lintas !== undefined)
    await startCourier(createLintasKurir, lintas, config.dataDir, carrier("lintas-kurir"), shutdown);
  if (rantau !== undefined)
    await startCourier(createRantauEkspres, rantau, config.dataDir, carrier("rantau-ekspres"), shutdown);
});
