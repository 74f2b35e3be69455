/**
 * The programs that test the published packages: Node 20, 22 and 24, Bun and Deno, from npm, and the Node that runs
 * the tests. They are installed into test/runtimes when a test first needs them, and stay there.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const folder = resolve("test/runtimes");
const platform = `${process.platform}-${process.arch}`;

export interface Runtime {
  readonly name: string;
  readonly file: string;
  /** Arguments before the script's name. */
  readonly args: readonly string[];
}

/** Installs the runtimes if necessary. Returns Node 20, the oldest, and the list of all. */
export function installRuntimes(): { readonly node20: string; readonly all: readonly Runtime[] } {
  const stamp = join(folder, "node_modules", ".installed");
  const expectedStamp = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .update(platform)
    .digest("hex");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== expectedStamp) {
    rmSync(stamp, { force: true });
    runNpm(["install", "--no-save", "--ignore-scripts"], folder, process.execPath);
    writeFileSync(stamp, expectedStamp);
  }
  const binaryPath = (name: string, ...path: string[]): string =>
    join(folder, "node_modules", `${name}-${platform}`, ...path);
  const node20 = binaryPath("node20", "bin", "node");
  return {
    node20,
    all: [
      { name: "Node 20", file: node20, args: [] },
      { name: "Node 22", file: binaryPath("node22", "bin", "node"), args: [] },
      { name: "Node 24", file: binaryPath("node24", "bin", "node"), args: [] },
      { name: "Node 26", file: process.execPath, args: [] },
      { name: "Bun", file: binaryPath("bun", "bin", "bun"), args: [] },
      {
        name: "Deno",
        file: binaryPath("deno", "deno"),
        args: ["run", "--allow-all", "--node-modules-dir=manual"],
      },
    ],
  };
}

/** Runs npm on this Node and returns its output. The error contains everything that npm printed. */
export function runNpm(args: readonly string[], cwd: string, node: string): string {
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    return execFileSync("npm", [...args, ...flags], {
      cwd,
      encoding: "utf8",
      stdio: "pipe",
      env: createEnvironment(node),
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The environment of a user with this Node in a fresh terminal, without the variables that npm sets. */
export function createEnvironment(node: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(?!config_(registry|cache|userconfig|globalconfig)$)|^(INIT_CWD|NODE_|PESARAIL_)/i.test(name))
      continue;
    env[name] = value;
  }
  const path = (process.env["PATH"] ?? "").split(":").filter((entry) => !entry.includes("node_modules/.bin"));
  return { ...env, PATH: [dirname(node), ...path].join(":") };
}
