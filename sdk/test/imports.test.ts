/**
 * Which folder of the SDK may import which, so that a client of another protocol needs no change of the shared folders.
 *
 * `http` and `webhooks` know no protocol. Each protocol has a folder, and no protocol imports another.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const allowedImports: Readonly<Record<string, readonly string[]>> = {
  testing: ["openapi-v2", "daraja", "ipg-v1"],
  compat: ["openapi-v2", "http"],
  "openapi-v2": ["http", "webhooks"],
  daraja: ["http", "webhooks"],
  "ipg-v1": ["http", "webhooks"],
  webhooks: [],
  http: [],
};

/** Files beside the folders: every folder may import them. They import no folder. */
const shared = ["errors.ts", "check-unknown-fields.ts", "amounts.ts", "references.ts", "msisdns.ts"];

const root = "sdk/src";
const files = globSync("**/*.ts", { cwd: root });

const readImports = (file: string): string[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, target = ""]) =>
    normalize(join(dirname(file), target)),
  );

/** `http`, or `errors.ts` for a file beside the folders. */
const getPart = (file: string): string => file.split("/")[0] ?? "";

test("a folder of the SDK imports what its row allows", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = getPart(file);
    if (from === "index.ts") continue;
    for (const target of readImports(file)) {
      const to = getPart(target);
      const allowed = from === to || shared.includes(to) || (allowedImports[from] ?? []).includes(to);
      if (!allowed) violations.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(violations, []);
});

test("every folder of the SDK has a row", () => {
  const known = [...Object.keys(allowedImports), ...shared, "index.ts"];
  assert.deepEqual(
    files.map(getPart).filter((part) => !known.includes(part)),
    [],
  );
});

test("the SDK has no import cycles", () => {
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert(!path.includes(file), [...path, file].join(" → "));
    if (finished.has(file)) return;
    for (const target of readImports(file)) visit(target, [...path, file]);
    finished.add(file);
  };
  for (const file of files) visit(file, []);
  assert.equal(finished.size, files.length);
});
