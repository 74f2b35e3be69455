/** How tsdown builds the published SDK from its sources. tools/build-sdk.mjs runs it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsdown";

/** The entry points of the package. sdk/package.json exports their output, sdk/src/package.json the sources. */
const entries = [
  "index",
  "openapi-v2/index",
  "daraja/index",
  "ipg-v1/index",
  "webhooks/index",
  "testing/index",
  "compat/index",
];

const folder = import.meta.dirname;

/** `dist/esm` has ES modules, `dist/cjs` the same modules as CommonJS. */
const formats = [
  { format: "esm", type: "module" },
  { format: "cjs", type: "commonjs" },
];

export default defineConfig(
  formats.map(({ format, type }) => ({
    cwd: folder,
    entry: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
    format,
    outDir: `dist/${format}`,
    // npm packs files of one name side by side, where they compress to little more than one of them. With .mjs and .cjs,
    // the package would be a quarter larger.
    outExtensions: () => ({ js: ".js" }),
    hooks: {
      "build:done": () =>
        writeFileSync(join(folder, "dist", format, "package.json"), `${JSON.stringify({ type })}\n`),
    },
    platform: "node",
    target: "es2022",
    tsconfig: "tsconfig.json",
    dts: true,
    // One file for each source file: stack traces name the modules, and a program loads only those that it imports.
    unbundle: true,
    sourcemap: true,
    // The maps lead to `src`, which is in the package with all comments. The types keep their comments for editors.
    outputOptions: { comments: false, sourcemapExcludeSources: true },
  })),
);
