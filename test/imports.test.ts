/**
 * Which folder of `src` may import which. Read it top to bottom: that is the way a request travels.
 *
 * A payment reaches the books by walking down these rows and never climbs back, so the folder of a file
 * already tells its reader what it can possibly touch.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const allowedImports: Readonly<Record<string, readonly string[]>> = {
  protocols: ["http", "payments", "callbacks"],
  control: ["http", "payments", "developers", "handset", "callbacks", "sandbox", "store"],
  developers: ["payments", "store", "vault"],
  sandbox: ["handset", "callbacks", "payments", "store"],
  handset: ["http", "payments", "store", "vault"],
  callbacks: ["store", "vault"],
  payments: ["ledger", "store"],
  ledger: ["store"],
  vault: ["store"],
  "front-page": ["http"],
  "handset-page": ["http", "handset"],
  samples: ["protocols", "payments", "sandbox"],
  http: [],
  cluster: [],
  store: [],
};

/** The commands may use everything: they are what an operator's hands are. */
const commandsFolder = "cli";

/** Words that every folder shares; they import no folder. */
const sharedFiles = [
  "clock.ts",
  "config.ts",
  "ids.ts",
  "markdown.ts",
  "money.ts",
  "say.ts",
  "setting.ts",
  "version.ts",
  "write-file.ts",
];

/** Files that build everything else; nobody imports them but one another, the commands and tests. */
const compositionFiles = [
  "main.ts",
  "maintenance.ts",
  "places.ts",
  "platform.ts",
  "sandbox-file.ts",
  "settings-page.ts",
];

const files = globSync("src/**/*.ts").filter((file) => !file.endsWith(".test.ts"));

/** Where a program begins: what npm's scripts and worker threads run, and what writes a page of `docs` or the SDK's tables. */
const entryPoints = [
  "src/main.ts",
  "src/cli/main.ts",
  "src/vault/decrypt-worker.ts",
  ...files.filter((file) => file.endsWith("-page.ts") || file.endsWith("/sdk-tables.ts")),
];

/** The files of ours that a file imports. */
function readImports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\(|^import) ?"(\.{1,2}\/[^"]+)"/gm)]
    .map(([, target = ""]) => normalize(join(dirname(file), target)))
    .filter((target) => target.startsWith("src/"));
}

/** `payments` for a file in that folder, `money.ts` for one beside the folders. */
const getFolder = (file: string): string => file.split("/")[1] ?? "";

test("imports run downhill", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = getFolder(file);
    if (from === commandsFolder || compositionFiles.includes(from)) continue;
    for (const target of readImports(file)) {
      const to = getFolder(target);
      const allowed = from === to || sharedFiles.includes(to) || (allowedImports[from] ?? []).includes(to);
      if (!allowed) violations.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(violations, []);
});

test("each protocol knows no other", () => {
  for (const file of globSync("src/protocols/*/**/*.ts")) {
    const own = file.split("/")[2];
    for (const target of readImports(file)) {
      const [, folder, protocol, ...rest] = target.split("/");
      if (folder !== "protocols" || rest.length === 0) continue;
      assert.equal(protocol, own, `${file} imports ${target}`);
    }
  }
});

test("every folder and every file beside them has its place in these tables", () => {
  const folders = new Set(files.map(getFolder));
  const known = [...Object.keys(allowedImports), commandsFolder, ...sharedFiles, ...compositionFiles];
  for (const folder of folders) assert(known.includes(folder), `src/${folder} has no place`);
  for (const file of [...sharedFiles, ...compositionFiles])
    assert(folders.has(file), `there is no src/${file} any more`);
});

test("no file is left that nothing leads to", () => {
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
