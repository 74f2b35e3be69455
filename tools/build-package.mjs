/** What the builds of both packages share: `build-server.mjs` and `build-sdk.mjs`. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { runNode26 } from "../bin/run-node.mjs";

/**
 * Removes the old output and runs the steps, each with Node 26, in the repository's folder. If one fails, it removes
 * the output, so that nothing half-built is packed, and ends the process.
 *
 * It first installs the compilers, because `npm start` installs only what the server needs.
 */
export async function buildPackage({ name, output, steps }) {
  process.chdir(fileURLToPath(new URL("..", import.meta.url)));
  try {
    await ensureInstalled({ dev: true });
    removeOutput(output);
    for (const step of steps) {
      if ((await runNode26(step)) === 0) continue;
      removeOutput(output);
      throw new Error(`The ${name} does not compile. Fix the errors above, then pack again.`);
    }
  } catch (error) {
    console.error(`pesarail: ${error.message}`);
    process.exit(1);
  }
}

const removeOutput = (folder) => rmSync(folder, { recursive: true, force: true });
