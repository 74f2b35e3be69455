/**
 * The scripts of package.json: `npm start`, `npm test` and others.
 *
 * They start with the machine's own Node. This file installs the dependencies, and then runs the Node that npm
 * installed, so that every developer uses the same version.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensurePortalBuilt } from "./build-portal.mjs";
import { ensureInstalled } from "./install.mjs";
import { runNode26 } from "../bin/run-node.mjs";
import { serverFlags } from "../bin/server-flags.cjs";

const tests = ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts", "sdk/test/**/*.test.ts"];

const bin = (name) => `node_modules/.bin/${name}`;

const checks = [
  [bin("tsc"), "--noEmit"],
  // The pages' scripts run in browsers, with other type libraries.
  [bin("tsc"), "--noEmit", "--project", "src/web/handset/client"],
  [bin("tsc"), "--noEmit", "--project", "portal"],
  [bin("tsc"), "--noEmit", "--project", "sdk"],
  [bin("tsc"), "--noEmit", "--project", "docs/samples"],
  [bin("oxlint"), "--deny-warnings"],
  [bin("prettier"), "--check", "."],
];

const commands = {
  async start(args) {
    await ensureInstalled({ dev: false });
    await ensurePortalBuilt();
    return runNode26([...serverFlags, "src/main.ts", ...args]);
  },

  async pesarail(args) {
    if (args[0] === "start") return commands.start(args.slice(1));
    await ensureInstalled({ dev: false });
    return runNode26(["src/cli/main.ts", ...args]);
  },

  /** Runs all checks and tests, or only the named test files. */
  async test(args) {
    await ensureInstalled({ dev: true });
    await ensurePortalBuilt();
    const files = args.some((arg) => !arg.startsWith("-")) ? [] : tests;
    const bundle = [bin("tsdown"), "--config", "tools/test-programs.config.mjs", "--logLevel", "error"];
    if (files.length > 0) process.env["PESARAIL_TEST_PROGRAMS"] = "node_modules/.cache/test-programs";
    // More files at a time than a small machine has cores, because tests mostly wait for processes.
    const run = [
      "--test",
      "--test-concurrency=3",
      "--test-global-setup=test/support/cluster.ts",
      ...reporters(args),
      ...args,
      ...files,
    ];
    return runInOrder([...(args.length === 0 ? checks : []), ...(files.length > 0 ? [bundle] : []), run]);
  },

  async simulate(args) {
    await ensureInstalled({ dev: true });
    return runNode26(["test/simulation/simulate.ts", ...args]);
  },

  async fuzz(args) {
    await ensureInstalled({ dev: true });
    return runNode26(["test/fuzz/fuzz.ts", ...args]);
  },

  async check() {
    await ensureInstalled({ dev: true });
    return runInOrder(checks);
  },

  async format() {
    await ensureInstalled({ dev: true });
    return runNode26([bin("prettier"), "--write", "."]);
  },
};

const [name = "start", ...args] = process.argv.slice(2);
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
try {
  refuseOldNode();
  if (!Object.hasOwn(commands, name))
    throw new Error(`Unknown command ${name}. Use one of ${Object.keys(commands).join(", ")}.`);
  process.exitCode = await commands[name](args);
} catch (error) {
  console.error(`pesarail: ${error.message}`);
  process.exitCode = 1;
}

/** Node's usual reporter, and one that names the slowest files, unless the arguments have a reporter. */
function reporters(args) {
  if (args.some((arg) => arg.startsWith("--test-reporter"))) return [];
  return ["spec", "./test/support/slowest-files.mjs"].flatMap((name) => [
    `--test-reporter=${name}`,
    "--test-reporter-destination=stdout",
  ]);
}

/** Runs the commands in order until one fails, and returns its exit code. */
async function runInOrder(runs) {
  for (const command of runs) {
    const code = await runNode26(command);
    if (code !== 0) return code;
  }
  return 0;
}

function refuseOldNode() {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const minimum = Number(engines.node.replace(/\D/g, ""));
  if (Number.parseInt(process.versions.node, 10) < minimum) {
    throw new Error(`This is Node ${process.versions.node}. Install Node ${minimum} or newer.`);
  }
}
