/** The interpreters that this machine has, and how a sample runs: with a time limit, two at a time. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { LanguageId } from "../../src/protocols/samples/spellings.ts";

/** One way to run a language's samples. */
export interface Runner {
  readonly title: string;
  readonly language: LanguageId;
  /** The command that runs a file. */
  readonly command: readonly string[];
  /** Runs a class that was compiled before, instead of a file. */
  readonly compiled?: true;
}

const readOutput = (command: string, ...args: string[]): string | null => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? `${stdout}${stderr}`.trim() : null;
};

/** The runners of this machine, and the titles of those that it does not have. */
export function findRunners(): { available: Runner[]; missing: string[] } {
  const versions = {
    bash:
      readOutput("bash", "--version") && readOutput("curl", "--version") && readOutput("openssl", "version"),
    python: readOutput("python3", "--version"),
    cryptography: readOutput("python3", "-c", "import cryptography"),
    openssl: readOutput("openssl", "version"),
    java: readOutput("javac", "--version"),
    php: readOutput(
      "php",
      "-r",
      "exit(function_exists('curl_init') && extension_loaded('openssl') ? 0 : 1);",
    ),
  };
  const node = [process.execPath];
  const runners: [Runner, string | null][] = [
    [{ title: "curl", language: "curl", command: ["bash"] }, versions.bash],
    [{ title: "TypeScript with the SDK", language: "typescript-sdk", command: node }, "node"],
    [{ title: "TypeScript", language: "typescript", command: node }, "node"],
    [
      { title: "Python with cryptography", language: "python", command: ["python3"] },
      versions.python === null ? null : versions.cryptography,
    ],
    [
      // Without site packages, Python has no cryptography.
      { title: "Python with openssl", language: "python", command: ["python3", "-I", "-S"] },
      versions.python === null ? null : versions.openssl,
    ],
    [{ title: "Java", language: "java", command: ["java", ...javaFlags], compiled: true }, versions.java],
    [{ title: "PHP", language: "php", command: ["php"] }, versions.php],
    [{ title: "C#", language: "csharp", command: ["dotnet", "run"] }, null],
  ];
  return {
    available: runners.filter(([, version]) => version !== null).map(([runner]) => runner),
    missing: runners.filter(([, version]) => version === null).map(([{ title }]) => title),
  };
}

/** A process of one second does not benefit from the second JIT compiler. */
const javaFlags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

export interface RunResult {
  readonly path: string;
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

const limitMs = 60_000;

/** Runs a command in a folder. Kills the whole process group after the time limit. */
export async function run(command: readonly string[], path: string, folder: string): Promise<RunResult> {
  const [program = "", ...args] = command;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(program, [...args, path], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, NODE_COMPILE_CACHE },
  });
  let out = "";
  let error = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (error += text));
  const killGroup = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  const timer = setTimeout(killGroup, limitMs);
  process.once("exit", killGroup);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  process.off("exit", killGroup);
  return { path, code, out, error };
}

/** Maps the items two at a time, and returns the results in order. */
export async function mapTwoAtATime<T, R>(all: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = all.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** A user's folder, with the SDK where npm would install it. */
export function createReaderFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pesarail-samples-"));
  const sdk = join(path, "node_modules/@pesarail/sdk");
  mkdirSync(sdk, { recursive: true });
  // `npm init` writes this type today; a file that needs to be a module must have its own extension.
  writeFileSync(join(path, "package.json"), '{ "type": "commonjs" }');
  writeFileSync(
    join(sdk, "package.json"),
    '{ "type": "module", "exports": { ".": "./src/index.ts", "./daraja": "./src/daraja/index.ts" } }',
  );
  symlinkSync(resolve("sdk/src"), join(sdk, "src"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Copies a file into a folder and returns the new path. */
export function copyInto(folder: string, file: string): string {
  copyFileSync(file, join(folder, basename(file)));
  return join(folder, basename(file));
}

/** Compiles all Java files in one run, which takes about as long as a single file. */
export async function compileJava(paths: readonly string[], folder: string): Promise<void> {
  const classes = join(folder, "classes");
  const absolute = paths.map((path) => resolve(path));
  const [last = "", ...others] = absolute;
  const result = await run(["javac", "-Xlint:all", "-Werror", "-d", classes, ...others], last, folder);
  if (result.code !== 0) throw new Error(`javac failed:\n${result.out}${result.error}`);
}
