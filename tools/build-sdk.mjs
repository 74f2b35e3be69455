/**
 * Makes `sdk/dist`: the SDK as JavaScript with types, once as ES modules and once as CommonJS, for the npm
 * package `@pesarail/sdk`. npm runs it before it packs, and has it undone afterwards (`undo`).
 *
 * In the repository the package is its sources, which Node runs as they are; `exports` in package.json says so.
 * What is published exports what was built: `publishedAs` has that, and takes its place while npm packs.
 *
 * CommonJS is compiled from a copy that is declared to be CommonJS, so that the compiler itself sees to it that
 * everything in it can be required. The maps of both lead to `src`, which is in the package; so the JavaScript
 * can do without comments. The types have them: an editor shows them.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(join(root, "sdk"));

const entries = ["index.d.ts", "testing/index.d.ts"];
const draft = "dist/draft";
/** The repository's own package.json, while npm packs the published one. */
const kept = "package.kept.json";

undo();
if (process.argv[2] === "undo") process.exit();
compile("--project", "tsconfig.dist.json");
makeDraft();
compile("--project", join(draft, "tsconfig.json"));
mapToSource();
writeTypes();
rmSync(draft, { recursive: true });
publishManifest();

function compile(...args) {
  const tsc = join(root, "node_modules/.bin/tsc");
  const { status } = spawnSync(tsc, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status === 0) return;
  rmSync("dist", { recursive: true, force: true });
  console.error("pesarail: the SDK does not compile, so there is nothing to pack.");
  process.exit(1);
}

/** The sources again, in a folder whose package.json says CommonJS, where a module's own place has another name. */
function makeDraft() {
  cpSync("src", join(draft, "src"), { recursive: true });
  writeJson(join(draft, "package.json"), { type: "commonjs" });
  writeJson(join(draft, "tsconfig.json"), {
    extends: "../../tsconfig.dist.json",
    compilerOptions: { rootDir: "src", outDir: "../cjs", verbatimModuleSyntax: false },
    include: ["src"],
  });
  for (const file of listFiles(join(draft, "src"))) {
    const text = readFileSync(file, "utf8");
    const changed = text.replaceAll("import.meta.url", "__filename");
    if (changed !== text) writeFileSync(file, changed);
  }
}

/** The maps of the CommonJS files name the copy; the lines are the same in `src`. */
function mapToSource() {
  for (const file of listFiles("dist/cjs")) {
    if (!file.endsWith(".map")) continue;
    const map = JSON.parse(readFileSync(file, "utf8"));
    map.sources = map.sources.map((source) => source.replace("draft/src/", "../src/"));
    writeFileSync(file, JSON.stringify(map));
  }
  writeJson("dist/cjs/package.json", { type: "commonjs" });
}

/** Types of what can be imported, and of what they need. Both kinds of modules have the same. */
function writeTypes() {
  const types = join(draft, "types");
  const only = [
    "--declaration",
    "--emitDeclarationOnly",
    "--sourceMap",
    "false",
    "--removeComments",
    "false",
  ];
  compile("--project", "tsconfig.dist.json", ...only, "--outDir", types);
  const wanted = [...entries];
  for (const file of wanted) {
    // TypeScript before 5.0 knows no ".ts" in an import.
    const text = readFileSync(join(types, file), "utf8").replace(
      /((?:from |import\()"\.[^"]+)\.ts"/g,
      '$1.js"',
    );
    for (const kind of ["dist/esm", "dist/cjs"]) writeFileSync(join(kind, file), text);
    for (const [, target] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) {
      const next = `${join(dirname(file), target)}.d.ts`;
      if (!wanted.includes(next)) wanted.push(next);
    }
  }
}

function publishManifest() {
  const { publishedAs, ...manifest } = JSON.parse(readFileSync("package.json", "utf8"));
  renameSync("package.json", kept);
  writeJson("package.json", { ...manifest, ...publishedAs });
}

/** Also what a build left behind that was broken off. */
function undo() {
  rmSync("dist", { recursive: true, force: true });
  if (existsSync(kept)) renameSync(kept, "package.json");
}

function listFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function writeJson(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
