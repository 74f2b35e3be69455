/**
 * What the package promises: every exported name with its declaration, in `sdk/api.txt`.
 *
 * A change of that file is a change for everybody who installed the package, so it is looked at in review, and
 * is written by REWRITE=1 npm test -- sdk/test/api-surface.test.ts.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { MpesaOpenApi } from "../src/index.ts";

const surfaceFile = "sdk/api.txt";
const entries = ["index.d.ts", "testing/index.d.ts"];

test("sdk/api.txt has every exported name and its types, as they are", () => {
  using folder = writeDeclarations();
  const surface = `${header}${entries.flatMap((entry) => listDeclarations(folder.path, entry)).join("")}`;
  if (process.env["REWRITE"] === "1") writeFileSync(surfaceFile, surface);
  assert.equal(
    surface,
    readFileSync(surfaceFile, "utf8"),
    "The package's surface has changed. If that is meant: REWRITE=1 npm test -- sdk/test/api-surface.test.ts",
  );
});

test("docs/sdk.md names every call, every option and every reason not to know", () => {
  const page = readFileSync("docs/sdk.md", "utf8");
  const findMatches = (file: string, block: RegExp, name: RegExp): string[] => {
    const text = readFileSync(`sdk/src/${file}`, "utf8");
    const [, inside = ""] = block.exec(text) ?? [];
    return [...inside.matchAll(name)].map(([, match = ""]) => match);
  };
  const names = [
    ...Object.getOwnPropertyNames(MpesaOpenApi.prototype).filter((each) => each !== "constructor"),
    ...findMatches("options.ts", /interface MpesaOpenApiOptions \{([^]*?)\n\}/, /readonly (\w+)/g),
    ...findMatches("results.ts", /type UnknownReason =([^;]*);/, /"(\w+)"/g),
  ];
  assert(names.length >= 34, `${names.length} names`);
  for (const name of names) assert(page.includes(`\`${name}\``), `${name} is not in docs/sdk.md`);
});

const header = `What @pesarail/sdk and @pesarail/sdk/testing export, as the compiler declares it.
Written by REWRITE=1 npm test -- sdk/test/api-surface.test.ts
`;

/** The declarations of the package's sources, in a folder that goes away. */
function writeDeclarations(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "sdk-surface-"));
  const settings = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--removeComments"];
  execFileSync("node_modules/.bin/tsc", [
    "--project",
    "sdk",
    ...settings,
    "--rootDir",
    "sdk/src",
    "--outDir",
    path,
  ]);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const visited = new Set<string>();

/** A declaration file, then those that it names, each once. */
function listDeclarations(root: string, file: string): string[] {
  if (visited.has(file)) return [];
  visited.add(file);
  const text = readFileSync(join(root, file), "utf8");
  const named = [...text.matchAll(/(?:from |import\()"(\.{1,2}\/[^"]+)\.ts"/g)].map(([, target = ""]) =>
    relative(root, join(root, dirname(file), `${target}.d.ts`)),
  );
  const source = file.replace(".d.ts", ".ts");
  return [`\n=== ${source}\n\n${text.trim()}\n`, ...named.flatMap((each) => listDeclarations(root, each))];
}
