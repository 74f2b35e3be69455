/**
 * Which folder of `src` may import which. The rows are in the order in which a request passes through them.
 *
 * Imports only go down these rows, so the folder of a file shows what the file can use.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { readImports, sourceFiles as files } from "./support/source-files.ts";

const apiSide = [
  "http",
  "words",
  "config",
  "developers",
  "organisations",
  "payments",
  "callbacks",
  "handset",
  "accounts",
  "mail",
];

const allowedImports: Readonly<Record<string, readonly string[]>> = {
  // prettier-ignore
  cli: [
    "app", "api", "main.ts", "config", "embedded-postgres", "vault", "store",
    "developers", "organisations", "payments", "callbacks", "handset", "sandbox", "protocols",
    "listener-check", "proof", "backup",
  ],
  api: [...apiSide, "sandbox", "listener-check", "proof", "backup", "protocols", "store"],
  web: [...apiSide, "sandbox", "protocols"],
  accounts: ["mail", "developers", "store", "vault", "words"],
  mail: ["config", "http", "store", "vault", "words"],
  // prettier-ignore
  protocols: [
    "http", "words", "payments", "callbacks", "validations", "developers", "organisations", "vault", "sandbox",
  ],
  "listener-check": ["protocols", "callbacks", "outbound"],
  developers: ["payments", "store", "vault"],
  organisations: ["payments", "developers", "store", "vault"],
  sandbox: ["handset", "callbacks", "organisations", "payments", "ledger", "store", "protocols"],
  handset: ["http", "payments", "store", "vault", "outbound", "words"],
  validations: ["callbacks", "payments", "store"],
  callbacks: ["payments", "store", "vault", "outbound", "words"],
  payments: ["ledger", "store"],
  ledger: ["store"],
  proof: ["organisations", "store"],
  backup: ["config", "store", "vault"],
  vault: ["config", "store"],
  store: ["config", "ledger"],
  http: ["config"],
  outbound: [],
  "embedded-postgres": ["config"],
  config: [],
};

/** The application, which composes everything, and its entry point. They may import every folder. */
const unrestricted = ["app", "main.ts"];

/** Folders that every folder may import; they import no folder. */
const shared = ["core", "words"];

/** Entry points: what npm scripts, worker threads and the generators of `tools/docs` run, and what browsers load. */
const entryPoints = [
  "src/main.ts",
  "src/cli/main.ts",
  "src/app/fill-sandbox-cache.ts",
  ...files.filter((file) => file.endsWith("-worker.ts")),
  ...globSync("tools/docs/*.ts"),
  ...globSync("src/words/*/portal/index.ts"),
];

/** `payments` for a file in that folder, `main.ts` for the file next to the folders. */
const getFolder = (file: string): string => file.split("/")[1] ?? "";

test("a folder imports what its row allows", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = getFolder(file);
    if (unrestricted.includes(from)) continue;
    for (const target of readImports(file)) {
      const to = getFolder(target);
      const allowed = from === to || shared.includes(to) || (allowedImports[from] ?? []).includes(to);
      if (!allowed) violations.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(violations, []);
});

/** Folders of `protocols` that several protocols share. They import no protocol. */
const sharedFolders = new Set(["g2", "ipg", "samples"]);

test("no protocol imports another, and what they share imports none", () => {
  for (const file of globSync("src/protocols/*/**/*.ts")) {
    const own = file.split("/")[2];
    for (const target of readImports(file)) {
      const [, folder, protocol, ...rest] = target.split("/");
      if (folder !== "protocols" || rest.length === 0 || sharedFolders.has(protocol ?? "")) continue;
      assert.equal(protocol, own, `${file} imports ${target}`);
    }
  }
});

/** Folders that show one protocol's own tables. All others know protocols only by the contract and the registry. */
const showsProtocolTables = ["web"];

test("a protocol's own files are used only through its contract", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = getFolder(file);
    if (from === "protocols" || showsProtocolTables.includes(from)) continue;
    for (const target of readImports(file)) {
      const folder = /^src\/protocols\/([^/]+)\//.exec(target)?.[1];
      if (folder !== undefined && !sharedFolders.has(folder)) violations.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(violations, []);
});

/** What runs in a browser: the texts, and files of `core` that need no Node. */
const browserImports = [/^src\/words\//, /^src\/core\/(?:money|markets|msisdn)\.ts$/, /^src\/web\/look\//];

test("the workspace imports the server's files as types only, except those that run in a browser", () => {
  const pages = globSync("portal/src/**/*.{ts,tsx}");
  assert(pages.length > 10, "the pages are not found");
  for (const page of pages) {
    const code = readFileSync(page, "utf8");
    for (const [statement, target = ""] of code.matchAll(/^(?:import|export)\b[^;]*?"([^"]+)";/gm)) {
      const file = normalize(join(dirname(page), target));
      if (!target.startsWith(".") || file.startsWith("portal/")) continue;
      const isType = /^(?:import|export) type\b/.test(statement);
      assert(isType || browserImports.some((pattern) => pattern.test(file)), `${page} imports ${file}`);
    }
  }
});

test("every folder has a row in these tables", () => {
  const known = [...Object.keys(allowedImports), ...unrestricted, ...shared];
  for (const folder of new Set(files.map(getFolder)))
    assert(known.includes(folder), `src/${folder} has no row`);
});

test("every file is reached from an entry point", () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const target of readImports(file)) visit(target);
  };
  for (const entryPoint of entryPoints) visit(entryPoint);
  assert.deepEqual(
    files.filter((file) => !reached.has(file)),
    [],
  );
});
