/** A cluster that is copied from a template: what it has, and what happens with a damaged or missing template. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import postgres from "postgres";
import { startCluster, type Cluster, type TemplateOptions } from "./cluster.ts";

function createFolder(parent = tmpdir()) {
  const folder = mkdtempDisposableSync(join(parent, "template-test-"));
  chmodSync(folder.path, 0o711);
  return folder;
}

async function query(cluster: Cluster, text: string, password?: string): Promise<unknown> {
  const address = cluster.address("postgres");
  const sql = postgres({
    ...address,
    ...(password === undefined ? {} : { password }),
    max: 1,
    onnotice() {},
  });
  try {
    const [row] = await sql.unsafe(text).values();
    return row?.[0];
  } finally {
    await sql.end();
  }
}

/** A template with one table, which counts how often it is built. */
function createTemplate(folder: string) {
  const template = {
    builds: 0,
    passwords: [] as string[],
    folder,
    contentsKey: "one table",
    async build(dataDir: string): Promise<string> {
      template.builds += 1;
      mkdirSync(dataDir, { mode: 0o711 });
      const cluster = await startCluster({ dataDir, onProgress() {} });
      await query(cluster, "create table made as select 7 as number");
      await cluster.stop();
      template.passwords.push(readFileSync(join(dataDir, "postgres.password"), "utf8").trim());
      return join(dataDir, "postgres", "cluster");
    },
  };
  return template satisfies TemplateOptions;
}

async function start(dataDir: string, template: TemplateOptions) {
  const lines: string[] = [];
  const cluster = await startCluster({ dataDir, template, onProgress: (line) => lines.push(line) });
  return { cluster, lines, [Symbol.asyncDispose]: () => cluster.stop() };
}

const listTemplates = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("template-"));

test("a template is built once, and each copy has its own password and survives a restart", async () => {
  using cache = createFolder();
  using folder = createFolder();
  const template = createTemplate(cache.path);
  const passwords = new Set<string>();
  for (const name of ["one", "two"]) {
    const dataDir = join(folder.path, name);
    mkdirSync(dataDir, { mode: 0o711 });
    {
      await using started = await start(dataDir, template);
      assert.equal(await query(started.cluster, "select number from made"), 7);
      await query(started.cluster, "update made set number = 8");
      passwords.add(started.cluster.address("postgres").password);
      await assert.rejects(query(started.cluster, "select 1", template.passwords[0]), { code: "28P01" });
    }
    await using again = await start(dataDir, template);
    assert.equal(await query(again.cluster, "select number from made"), 8);
    assert.deepEqual(again.lines, []);
  }
  assert.equal(template.builds, 1);
  assert.equal(passwords.size, 2);
});

test("two processes that build the same template at the same time get complete copies", async () => {
  using cache = createFolder();
  using folder = createFolder();
  const template = createTemplate(cache.path);
  await Promise.all(
    ["one", "two"].map(async (name) => {
      const dataDir = join(folder.path, name);
      mkdirSync(dataDir, { mode: 0o711 });
      await using started = await start(dataDir, template);
      assert.equal(await query(started.cluster, "select number from made"), 7);
    }),
  );
  assert.equal(listTemplates(cache.path).length, 1);
});

test("a template that was changed, is incomplete or is old is not used", async () => {
  using cache = createFolder();
  using folder = createFolder();
  const template = createTemplate(cache.path);
  const damages: ((path: string) => void)[] = [
    (path) => writeFileSync(join(path, "cluster", "global", "pg_control"), "changed"),
    (path) => rmSync(join(path, "manifest.json")),
    (path) => utimesSync(join(path, "manifest.json"), 0, 0),
  ];
  const startNew = async (name: string) => {
    const dataDir = join(folder.path, name);
    mkdirSync(dataDir, { mode: 0o711 });
    await using started = await start(dataDir, template);
    return {
      made: await query(started.cluster, "select to_regclass('made') is not null"),
      lines: started.lines,
    };
  };
  await startNew("first");
  for (const [index, damage] of damages.entries()) {
    damage(join(cache.path, listTemplates(cache.path)[0] ?? ""));
    assert.deepEqual(await startNew(`after ${index}`), { made: true, lines: [] });
    assert.equal(template.builds, index + 2);
  }

  // Only a copy shows that a file is too short. The start then creates a cluster, and the next one builds a template.
  truncateSync(join(cache.path, listTemplates(cache.path)[0] ?? "", "cluster", "global", "1262"));
  const { made, lines } = await startNew("short file");
  assert.equal(made, false);
  assert.match(
    lines[0] ?? "",
    /^The cached database cannot be used \(The template .* is damaged and was removed\.\)\.$/,
  );
  assert.deepEqual((await startNew("last")).made, true);
});

test("the remains of a killed copy are not used, and a build that fails leaves nothing", async () => {
  using cache = createFolder();
  using folder = createFolder();
  mkdirSync(join(folder.path, "postgres", "cluster.new", "base"), { recursive: true });
  const template = createTemplate(cache.path);
  const failing = { ...template, build: () => Promise.reject(new Error("no space left")) };
  {
    await using started = await start(folder.path, failing);
    assert.deepEqual(started.lines, [
      "The cached database cannot be used (no space left).",
      "Creating the database cluster …",
    ]);
    assert.equal(await query(started.cluster, "select to_regclass('made') is null"), true);
  }
  assert.deepEqual(readdirSync(cache.path), []);
  assert(!existsSync(join(folder.path, "postgres", "cluster.new")));
});
