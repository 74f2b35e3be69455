/**
 * The files of the server and of the command line, for processes of tests.
 *
 * A run of all tests bundles them (`tools/test-programs.config.mjs`), which halves the time of a start. A run of single
 * files uses the sources.
 */
import { join } from "node:path";

const bundles = process.env["PESARAIL_TEST_PROGRAMS"];

export const serverProgram = bundles === undefined ? "src/main.ts" : join(bundles, "main.mjs");
export const commandProgram = bundles === undefined ? "src/cli/main.ts" : join(bundles, "cli.mjs");
