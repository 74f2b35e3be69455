/** Finds the server that the package `pesarail` brings. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { SandboxError } from "./sandbox-error.ts";

/** A program and its arguments. */
export type ServerCommand = readonly [file: string, ...args: string[]];

/** What that package gives to those who start its programs. */
interface CommandModule {
  command(args: readonly string[]): { readonly file: string; readonly args: readonly string[] };
}

/**
 * Looked for from the project that the tests run in, and then from this package: where one folder holds several
 * projects, only the second may know it. Throws `SandboxError`.
 */
export function findServer(): ServerCommand {
  for (const base of [join(process.cwd(), "package.json"), import.meta.url]) {
    const commandModule = requireFrom(base);
    if (commandModule !== null) return toServerCommand(commandModule);
  }
  throw new SandboxError("The package pesarail is not installed: npm install --save-dev pesarail");
}

function requireFrom(base: string): CommandModule | null {
  try {
    return createRequire(base)("pesarail/command") as CommandModule;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

function toServerCommand(commandModule: CommandModule): ServerCommand {
  try {
    const { file, args } = commandModule.command(["start"]);
    warnOfBundledNode(file);
    return [file, ...args];
  } catch (cause) {
    throw new SandboxError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** npm puts the Node that `pesarail` brings before a project's own; bin/their-node.cjs there undoes it. */
function warnOfBundledNode(file: string): void {
  if (process.execPath !== file) return;
  process.emitWarning(
    `These tests run on the Node ${process.versions.node} that pesarail brings, which npm had put before yours. ` +
      "It no longer is: run them again.",
  );
}
