/**
 * What `npm start`, `npm test` and the other scripts of package.json run.
 *
 * They begin with whatever Node the machine has. This file sees to it that everything is installed, and
 * then hands over to the Node that npm brought, so that all of us run the same one.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { runNode26, serverFlags } from "./run-node.mjs";

const tests = ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts", "sdk/test/**/*.test.ts"];

const bin = (name) => `node_modules/.bin/${name}`;

const checks = [
  [bin("tsc"), "--noEmit"],
  // The pages' scripts run in browsers, with a library of their own.
  [bin("tsc"), "--noEmit", "--project", "src/web/handset/client"],
  [bin("tsc"), "--noEmit", "--project", "sdk"],
  [bin("tsc"), "--noEmit", "--project", "docs/samples"],
  [bin("oxlint"), "--deny-warnings"],
  [bin("prettier"), "--check", "."],
];

const commands = {
  async start(args) {
    await ensureInstalled({ dev: false });
    return runNode26([...serverFlags, "src/main.ts", ...args]);
  },

  async pesarail(args) {
    if (args[0] === "start") return commands.start(args.slice(1));
    await ensureInstalled({ dev: false });
    return runNode26(["src/cli/main.ts", ...args]);
  },

  /** With names of test files, only those: for the quick round while writing. */
  async test(args) {
    await ensureInstalled({ dev: true });
    const files = args.some((arg) => !arg.startsWith("-")) ? [] : tests;
    // More files at a time than a small machine has cores: much of a test is waiting for processes.
    const run = [
      "--test",
      "--test-concurrency=3",
      "--test-global-setup=test/support/cluster.ts",
      ...args,
      ...files,
    ];
    return runInOrder(args.length === 0 ? [...checks, run] : [run]);
  },

  async simulate(args) {
    await ensureInstalled({ dev: true });
    return runNode26(["test/simulation/simulate.ts", ...args]);
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
  if (!Object.hasOwn(commands, name)) throw new Error(`There is no command ${name}.`);
  process.exitCode = await commands[name](args);
} catch (error) {
  console.error(`pesarail: ${error.message}`);
  process.exitCode = 1;
}

/** Runs one after the other, up to the first that fails; gives its exit code. */
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
    throw new Error(
      `this is Node ${process.versions.node}; Node ${minimum} or newer is needed to begin with.`,
    );
  }
}
