/**
 * Builds `dist`: the server, the commands and the benchmark as JavaScript, for the npm package `pesarail`.
 *
 * It has the same folders as the repository, so that relative paths work in both. npm runs it before packing
 * (`prepack` in package.json) and removes `dist` afterwards.
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
  console.error("pesarail: the server does not compile. Fix the errors above, then pack again.");
  process.exit(1);
}

// Files that programs read, but do not import.
cpSync("migrations", "dist/migrations", { recursive: true });
cpSync("src/web/handset/client", "dist/src/web/handset/client", {
  recursive: true,
  filter: (file) => !file.endsWith(".json") && !file.endsWith(".ts"),
});
