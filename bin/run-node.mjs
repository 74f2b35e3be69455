/**
 * Runs child processes to their end.
 */
import { spawn } from "node:child_process";
import { basename, resolve as resolvePath } from "node:path";

/** The Node 26 that npm installed; Pesarail needs it. */
export const node26 = "node_modules/.bin/node";

/**
 * Runs Node 26 and returns its exit code.
 *
 * Nothing is written to the IPC channel. It closes when this process ends, and then the server stops, even after a
 * `kill -9`.
 */
export function runNode26(args) {
  return run(node26, args, { stdio: ["inherit", "inherit", "inherit", "ipc"], env: withCompileCache() });
}

/** Sets Node's compile cache, which halves the start-up time of commands. */
function withCompileCache() {
  return { NODE_COMPILE_CACHE: resolvePath("node_modules/.cache/node"), ...process.env };
}

/**
 * Runs a program to its end and returns its exit code. Forwards signals to it, but only once: after Ctrl-C in a terminal
 * the program has already received the signal, and a repeated one could interrupt its shutdown.
 */
export function run(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    const forward = (signal) => {
      for (const name of signals) process.off(name, forward).on(name, ignore);
      child.kill(signal);
    };
    for (const name of signals) process.on(name, forward);
    const done = () => {
      for (const name of signals) process.off(name, forward).off(name, ignore);
    };

    child.once("error", (error) => {
      done();
      reject(new Error(describeSpawnError(file, error)));
    });
    child.once("exit", (code, signal) => {
      done();
      resolve(code ?? 128 + (signalNumbers[signal] ?? 0));
    });
  });
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
const ignore = () => {};

function describeSpawnError(file, { code, message }) {
  if (file === "npm" && code === "ENOENT") return "npm was not found. Install Node with npm.";
  // If the program exists and is still "not found", its C library is missing.
  if (basename(file) === "node")
    return `Node 26 does not run here (${code}). It needs macOS, or a Linux with glibc.`;
  return `Cannot run ${file}: ${message}`;
}
