/** Follows `docs/quickstart.md` step by step, with only Node, npm and an empty folder. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { matchesLine, parseSteps } from "../support/page.ts";
import { waitFor } from "../support/prompts.ts";
import { createRegistry } from "../support/registry.ts";
import { ipgV1Off } from "../support/server.ts";
import { packPackages } from "./packing.ts";
import { createEnvironment } from "./runtimes.ts";

const timeoutMs = 60_000;

/** Follows the page, with as many terminals as it needs. */
class Reader implements AsyncDisposable {
  readonly #rootFolder = mkdtempSync(join(tmpdir(), "pesarail-reader-"));
  readonly #env: NodeJS.ProcessEnv;
  readonly #terminals: { readonly commands: string; readonly process: ChildProcess }[] = [];
  readonly #seen: string[] = [];
  #folder = this.#rootFolder;

  constructor(registry: string) {
    chmodSync(this.#rootFolder, 0o711);
    const environmentOfNode = createEnvironment(process.execPath);
    this.#env = {
      ...environmentOfNode,
      ...ipgV1Off,
      npm_config_registry: registry,
      npm_config_prefer_offline: "true",
    };
  }

  saveFile(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }

  /** Runs commands in a new terminal, in the folder where the previous finished terminal ended. */
  runCommands(commands: string): void {
    const process = spawn("bash", ["-e", "-c", `${commands}\npwd >&3`], {
      cwd: this.#folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    const [, out, err, folder] = process.stdio as unknown as readonly NodeJS.ReadableStream[];
    assert(out !== undefined && err !== undefined && folder !== undefined);
    for (const output of [out, err]) createInterface(output).on("line", (line) => this.#seen.push(line));
    createInterface(folder).on("line", (line) => (this.#folder = line));
    this.#terminals.push({ commands, process });
  }

  /** Waits until the last commands have ended with exit code 0. */
  async waitForExit(): Promise<void> {
    const last = this.#terminals.at(-1);
    assert(last !== undefined);
    if (last.process.exitCode === null) await once(last.process, "close");
    assert.equal(last.process.exitCode, 0, `${last.commands}${this.#seen.join("\n")}`);
  }

  /** Waits until a terminal has printed a line like this one that no earlier call has consumed. */
  async waitForLine(line: string): Promise<void> {
    await waitFor(`the line "${line}"`, () => Promise.resolve(this.#take(line)), timeoutMs).catch(
      (error: Error) => assert.fail(`${error.message}. Unmatched output:\n${this.#seen.join("\n")}`),
    );
  }

  #take(line: string): true | undefined {
    const index = this.#seen.findIndex((seen) => matchesLine(line, seen));
    if (index === -1) return undefined;
    this.#seen.splice(index, 1);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Each terminal is a process group, so SIGINT reaches every process in it.
    for (const { process: terminalProcess } of this.#terminals.toReversed()) {
      if (terminalProcess.exitCode !== null || terminalProcess.pid === undefined) continue;
      const closed = once(terminalProcess, "close");
      process.kill(-terminalProcess.pid, "SIGINT");
      await closed;
    }
    rmSync(this.#rootFolder, { recursive: true, force: true });
  }
}

/** The page uses fixed ports. Another process on this machine may still hold one for a short time. */
async function waitForFreePort(port: number): Promise<void> {
  const isFree = async (): Promise<true | undefined> => {
    const server = createServer();
    const listening = once(server, "listening").then(() => true as const);
    server.listen(port, "127.0.0.1");
    const free = await listening.catch(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    return free;
  };
  await waitFor(`port ${port} of docs/quickstart.md is in use on this machine`, isFree, timeoutMs);
}

test("the quickstart's commands do what it says", async () => {
  const steps = parseSteps("docs/quickstart.md");
  for (const port of [8080, 8443, 3000]) await waitForFreePort(port);
  const packages = packPackages();
  await using registry = await createRegistry([packages.server.tarball, packages.sdk.tarball]);
  packages.remove();
  await using reader = new Reader(registry.url);
  for (const [index, step] of steps.entries()) {
    if (step.do === "save") reader.saveFile(step.file, step.text);
    else if (step.do === "see") for (const line of step.lines) await reader.waitForLine(line);
    else {
      reader.runCommands(step.commands);
      if (steps[index + 1]?.do !== "see") await reader.waitForExit();
    }
  }
});

test("a page's blocks are parsed as files, commands and expected output", () => {
  const steps = parseSteps("docs/quickstart.md");
  const files = steps.flatMap((step) => (step.do === "save" ? [step.file] : []));
  assert.deepEqual(files, ["listener.mjs", "pay.mjs"]);
  const page = readFileSync("docs/quickstart.md", "utf8");
  const commandSteps = steps.filter((step) => step.do === "type");
  assert.equal(commandSteps.length, [...page.matchAll(/^```sh$/gm)].length);
});
