/**
 * Builds `dist`: the server, the commands and the benchmark as JavaScript, for the npm package `pesarail`.
 *
 * It has the same folders as the repository, so that relative paths work in both. npm runs it before packing
 * (`prepack` in package.json) and removes `dist` afterwards.
 */
import { cpSync } from "node:fs";
import { buildPackage } from "./build-package.mjs";
import { ensurePortalBuilt } from "./build-portal.mjs";

await buildPackage({
  name: "server",
  output: "dist",
  steps: [["node_modules/.bin/tsc", "--project", "tsconfig.dist.json"]],
});

// Files that programs read, but do not import.
cpSync("migrations", "dist/migrations", { recursive: true });
cpSync("src/web/look", "dist/src/web/look", {
  recursive: true,
  filter: (file) => !/\.(?:ts|md)$/.test(file),
});
await ensurePortalBuilt();
cpSync("portal/dist", "dist/portal/dist", {
  recursive: true,
  filter: (file) => !file.endsWith(".sources"),
});
cpSync("src/web/handset/client", "dist/src/web/handset/client", {
  recursive: true,
  filter: (file) => !file.endsWith(".json") && !file.endsWith(".ts"),
});
