/** Starts that must fail: one line that names the file, exit code 1, and nothing written. */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../support/cluster.ts";
import { Installation } from "../support/installation.ts";

interface Case {
  readonly name: string;
  /** The file of the data folder that is changed. */
  readonly file: string;
  change(path: string): void;
  readonly message: RegExp;
}

const remove = (path: string): void => rmSync(path, { recursive: true });
const replaceByFolder = (path: string): void => {
  rmSync(path, { recursive: true });
  mkdirSync(path);
};
/** A file whose disk has no space: the device refuses each write with ENOSPC. */
const replaceByFullDevice = (path: string): void => {
  rmSync(path, { recursive: true, force: true });
  symlinkSync("/dev/full", path);
};
const write = (content: string) => (path: string) => writeFileSync(path, content);

const cases: readonly Case[] = [
  {
    name: "no key beside a database",
    file: "secret.key",
    change: remove,
    message: /secret\.key is missing.*Restore the file/,
  },
  { name: "an empty key", file: "secret.key", change: write(""), message: /secret\.key must contain 64/ },
  {
    name: "a folder in place of the key",
    file: "secret.key",
    change: replaceByFolder,
    message: /secret\.key cannot be read \(EISDIR\)/,
  },
  {
    name: "the key of another installation",
    file: "secret.key",
    change: write("ab".repeat(32)),
    message: /SECRET_KEY/,
  },
  {
    name: "garbage in the lock",
    file: "lock",
    change: write("garbage ".repeat(100)),
    message: /lock has another content.*Remove it/,
  },
  {
    name: "a little garbage in the lock",
    file: "lock",
    change: write("x"),
    message: /lock has another content/,
  },
  {
    name: "a folder in place of the lock",
    file: "lock",
    change: replaceByFolder,
    message: /lock cannot be used/,
  },
  {
    name: "a full disk",
    file: "server.pid",
    change: replaceByFullDevice,
    message: /cannot be written \(ENOSPC\)/,
  },
  {
    name: "a wrong password",
    file: "postgres.password",
    change: write("wrong\n"),
    message: /postgres\.password is not that of the database/,
  },
  {
    name: "an empty password",
    file: "postgres.password",
    change: write(""),
    message: /postgres\.password is empty/,
  },
  {
    name: "no password",
    file: "postgres.password",
    change: remove,
    message: /postgres\.password is missing/,
  },
  {
    name: "a folder in place of the password",
    file: "postgres.password",
    change: replaceByFolder,
    message: /postgres\.password cannot be read \(EISDIR\)/,
  },
  {
    name: "a record of a missing database",
    file: "postgres.location",
    change: write("/nonexistent\n"),
    message: /should be in \/nonexistent/,
  },
  {
    name: "a folder in place of the record",
    file: "postgres.location",
    change: (path) => mkdirSync(path),
    message: /postgres\.location cannot be read \(EISDIR\)/,
  },
  {
    name: "no version of the database",
    file: "postgres/cluster/PG_VERSION",
    change: remove,
    message: /PG_VERSION cannot be read/,
  },
];

let installation: Installation;
before(async () => {
  installation = new Installation();
  await installation.start();
  await installation.stop();
});
after(() => installation[Symbol.asyncDispose]());

/** The files of the data folder with their contents, without those that every start writes or PostgreSQL changes. */
function readDataFolder(): Record<string, string> {
  const ignored = new Set(["server.pid", "postgres.log", "postgres.log.1", "sandbox.json", "postgres"]);
  const names = readdirSync(installation.dataDir).filter((name) => !ignored.has(name));
  return Object.fromEntries(
    names.map((name) => {
      const path = join(installation.dataDir, name);
      return [name, statSync(path).isDirectory() ? "a folder" : readFileSync(path, "latin1")];
    }),
  );
}

for (const { name, file, change, message } of cases) {
  test(`${name}: one line, exit code 1, and nothing is written`, async () => {
    const path = join(installation.dataDir, file);
    const copy = join(installation.folder, "copy");
    const existed = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (existed) cpSync(path, copy, { preserveTimestamps: true });
    change(path);
    const expected = readDataFolder();
    const { code, stderr } = await installation.runServer();
    const actual = readDataFolder();
    rmSync(path, { recursive: true, force: true });
    if (existed) cpSync(copy, path);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^pesarail: [^\n]+\n$/);
    assert.match(stderr, message);
    assert.deepEqual(actual, expected);
  });
}

test("a database with secrets and no key: nothing is written, also with DATABASE_URL", async () => {
  await using database = await createTestDatabase();
  await using other = new Installation({ DATABASE_URL: database.url });
  const { code, stderr } = await other.runServer();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^pesarail: SECRET_KEY: [^\n]+secret\.key is missing[^\n]+\n$/);
  assert(!readdirSync(other.dataDir).includes("secret.key"));
});
