/**
 * Makes `dist`: the server, the commands and the benchmark as JavaScript, for the npm package `pesarail`.
 *
 * It has the same folders as the repository, so that whatever is found relative to a file is found in both.
 * npm runs it before it packs (`prepack` in package.json) and has `dist` removed afterwards.
 */
import { cpSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync("dist", { recursive: true, force: true });

const { status } = spawnSync("node_modules/.bin/tsc", ["--project", "tsconfig.dist.json"], {
  stdio: ["ignore", "inherit", "inherit"],
});
if (status !== 0) {
  rmSync("dist", { recursive: true, force: true });
  console.error("pesarail: it does not compile, so there is nothing to pack.");
  process.exit(1);
}

// What programs read rather than import.
cpSync("migrations", "dist/migrations", { recursive: true });
cpSync("src/web/handset/client", "dist/src/handset-page/client", {
  recursive: true,
  filter: (file) => !file.endsWith(".json"),
});
