/**
 * Builds `sdk/dist`: the SDK as JavaScript with types, as ES modules and as CommonJS, for the npm package
 * `@pesarail/sdk`. npm runs it before packing, and runs `undo` afterwards.
 *
 * In the repository, `exports` in package.json names the TypeScript sources, which Node runs directly. The published
 * package exports the built files: while npm packs, the fields of `publishedAs` replace those of package.json.
 *
 * CommonJS is compiled from a copy whose package.json says CommonJS, so that the compiler checks that everything in it
 * can be required. The source maps of both builds refer to `src`, which is in the package, so the JavaScript has no
 * comments. The types keep them for editors.
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
/** A backup of the repository's package.json, while npm packs the published one. */
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
  console.error("pesarail: the SDK does not compile. Fix the errors above, then pack again.");
  process.exit(1);
}

/** Copies the sources to a folder whose package.json says CommonJS, where `import.meta.url` becomes `__filename`. */
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

/** Changes the source maps of the CommonJS files from the copy to `src`. The lines are the same. */
function mapToSource() {
  for (const file of listFiles("dist/cjs")) {
    if (!file.endsWith(".map")) continue;
    const map = JSON.parse(readFileSync(file, "utf8"));
    map.sources = map.sources.map((source) => source.replace("draft/src/", "../src/"));
    writeFileSync(file, JSON.stringify(map));
  }
  writeJson("dist/cjs/package.json", { type: "commonjs" });
}

/** Writes the types of the entry points and of their imports, for both module formats. */
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
    // TypeScript before 5.0 does not support ".ts" in an import.
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

/** Also cleans up after an interrupted build. */
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
