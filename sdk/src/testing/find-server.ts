/** Finds the server of the installed package `pesarail`. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { SandboxError } from "./sandbox-error.ts";

/** A program and its arguments. */
export type ServerCommand = readonly [file: string, ...args: string[]];

/** The export `pesarail/command`. */
interface CommandModule {
  command(args: readonly string[]): { readonly file: string; readonly args: readonly string[] };
}

/**
 * Resolves the package from the current project, and then from this package: in a monorepo, only the second may find
 * it. Throws `SandboxError`.
 */
export function findServer(): ServerCommand {
  for (const base of [join(process.cwd(), "package.json"), import.meta.url]) {
    const commandModule = requireFrom(base);
    if (commandModule !== null) return toServerCommand(commandModule);
  }
  throw new SandboxError("The package pesarail is not installed. Run: npm install --save-dev pesarail");
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

/** npm puts the Node that `pesarail` depends on before the project's own; bin/restore-node-link.cjs reverts that. */
function warnOfBundledNode(file: string): void {
  if (process.execPath !== file) return;
  process.emitWarning(
    `These tests run on Node ${process.versions.node} from the package pesarail, because npm put it before yours in the PATH. ` +
      "This is now fixed. Run the tests again.",
  );
}
