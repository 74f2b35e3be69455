/**
 * Programs that we start, and how they end.
 */
import { spawn } from "node:child_process";
import { basename, resolve as resolvePath } from "node:path";

/** The Node that npm brought; the platform's code needs it. */
export const node26 = "node_modules/.bin/node";

/**
 * How the server's Node is set. Young objects get 64 MB instead of 16: most of what a payment makes lives
 * until its batch is committed, and copying it meanwhile was a tenth of the server's time.
 */
export const serverFlags = ["--max-semi-space-size=64"];

/**
 * Runs Node 26 and gives its exit code.
 *
 * The channel is never written to. It closes when this process dies, however it dies, and so tells the
 * server to stop even after a `kill -9`.
 */
export function runNode26(args) {
  return run(node26, args, { stdio: ["inherit", "inherit", "inherit", "ipc"], env: withCompileCache() });
}

/** What Node compiled once it need not compile again: a command is there in half the time. */
function withCompileCache() {
  return { NODE_COMPILE_CACHE: resolvePath("node_modules/.cache/node"), ...process.env };
}

/**
 * Runs a program to its end. Signals that reach us alone are passed on, once: Ctrl-C in a terminal has
 * reached the program already, and a program that is stopping should not be hurried by a second copy.
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
  if (file === "npm" && code === "ENOENT")
    return "npm is not found; it comes with Node and is needed to install.";
  // A program that is there and yet "not found" lacks the C library that it was built for.
  if (basename(file) === "node")
    return `Node 26 does not run here (${code}). It needs macOS, or a Linux with glibc.`;
  return `${file} could not be run: ${message}`;
}
