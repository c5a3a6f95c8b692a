import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../launcher/embedded-postgres.ts";
import { claimPorts } from "../../launcher/ports.ts";
import {
  installedPackage,
  isReachableByOthers,
  postgresBinaries,
  postgresUser,
} from "../../launcher/postgres-binaries.ts";
import { pidFilePath } from "../../launcher/postgres-pid-file.ts";
import { isAlive, waitForEnd } from "../../launcher/processes.ts";
import { testRunFolder } from "../support/test-run.ts";

let folder = "";
let port = 0;
let server: EmbeddedPostgres | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(testRunFolder(), "own-postgres-"));
  [port = 0] = await claimPorts(1);
});

afterEach(async () => {
  await server?.stop();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function settings(change: object = {}) {
  return { folder, password: "pass word/%", port: { from: port }, isDurable: false, ...change };
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server?.superuserUrl("postgres") });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the embedded PostgreSQL", () => {
  test("started in an empty folder, is a real PostgreSQL 17 as agreed", async () => {
    server = await startEmbeddedPostgres(settings());
    const [row] = await query(`SELECT current_setting('server_version_num')::int / 10000 AS version,
      current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
      current_setting('max_connections') AS connections, current_setting('server_encoding') AS encoding,
      datcollate AS collation FROM pg_database WHERE datname = 'postgres'`);
    expect(row).toEqual({
      version: 17,
      addresses: "127.0.0.1",
      sockets: "",
      connections: "200",
      encoding: "UTF8",
      collation: "C",
    });
    expect(await query("SELECT type, auth_method FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'")).toEqual(
      [],
    );
    expect(readdirSync(folder).sort()).toEqual(["data", "postgresql.log"]);
  });

  test("stopped, leaves no process, and started again, has its data", async () => {
    server = await startEmbeddedPostgres(settings());
    await query("CREATE TABLE kept (id int)");
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    server = await startEmbeddedPostgres(settings());
    expect(server.isReused).toBe(false);
    expect(await query("SELECT * FROM kept")).toEqual([]);
  });

  test("left behind by a launcher that is gone, is found and used again", async () => {
    server = await startEmbeddedPostgres(settings());
    const second = await startEmbeddedPostgres(settings());
    expect(second).toMatchObject({ isReused: true, pid: server.pid, port: server.port });
  });

  test("killed by SIGKILL, recovers with what was committed", async () => {
    server = await startEmbeddedPostgres(settings());
    await query("CREATE TABLE survivor (id int); INSERT INTO survivor VALUES (1)");
    process.kill(server.pid, "SIGKILL");
    await waitForEnd(server.pid, 5_000);
    server = await startEmbeddedPostgres(settings());
    expect(server.isReused).toBe(false);
    expect(await query("SELECT id FROM survivor")).toEqual([{ id: 1 }]);
  });

  test("whose pid file names another program's process, starts all the same", async () => {
    writeFileSync(
      pidFilePath(join(folder, "data")),
      `${process.pid}\n${folder}/data\n1\n${port}\n\n127.0.0.1\n\nready\n`,
    );
    server = await startEmbeddedPostgres(settings());
    expect(server.isReused).toBe(false);
  });

  test("whose port is taken, takes the next one, unless it was told which", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    try {
      await expect(startEmbeddedPostgres(settings({ port: { exactly: port } }))).rejects.toThrow(
        `Port ${port} is taken by another program, PostgreSQL wants it: stop that program or set ETALASE_PORT_POSTGRES.`,
      );
      server = await startEmbeddedPostgres(settings());
      expect(server.port).toBeGreaterThan(port);
    } finally {
      other.close();
    }
  });

  test("whose initdb was killed half-way, begins again", async () => {
    const half = mkdtempSync(join(testRunFolder(), "half-"));
    mkdirSync(join(half, "data.unfinished", "base"), { recursive: true });
    const whole = await startEmbeddedPostgres(settings({ folder: half }));
    await whole.stop();
    expect(readdirSync(half).sort()).toEqual(["data", "postgresql.log"]);
  });

  test("whose folder cannot be made, is told in one sentence", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    await expect(startEmbeddedPostgres(settings({ folder: join(file, "below") }))).rejects.toThrow(/a-file/);
    rmSync(file);
  });
});

describe("the programs of PostgreSQL", () => {
  test("in a folder that their user cannot enter, are copied once to one that it can", () => {
    const user = postgresUser() ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const hidden = mkdtempSync(join(testRunFolder(), "hidden-"));
    const open = mkdtempSync(join(testRunFolder(), "open-"));
    chmodSync(open, 0o755);
    const source = join(hidden, "package");
    cpSync(installedPackage(), source, {
      recursive: true,
      filter: (path) => !/\.(a|txt|so\.60\.2)$|timezone\/|extension/.test(path) || /libicu/.test(path),
    });
    rmSync(join(source, "native", "lib", "libpq.so.5"), { force: true });
    chmodSync(hidden, 0o700);
    expect(isReachableByOthers(source)).toBe(false);
    const binaries = postgresBinaries(user, source, () => open);
    expect(binaries.postgres.startsWith(open)).toBe(true);
    expect(statSync(binaries.postgres).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(open, readdirSync(open)[0] ?? "", "native", "lib"))).toContain("libpq.so.5");
    const before = statSync(binaries.postgres).ino;
    expect(statSync(postgresBinaries(user, source, () => open).postgres).ino).toBe(before);
  });

  test("in place, have the links that an install script would have made", () => {
    const binaries = postgresBinaries();
    const links = JSON.parse(readFileSync(join(installedPackage(), "native", "pg-symlinks.json"), "utf8"));
    expect(links.length).toBeGreaterThan(0);
    for (const { target } of links) expect(statSync(join(binaries.postgres, "../../..", target)).isFile()).toBe(true);
  });
});
