/**
 * The published packages: packed from a fresh clone, installed into an empty project with Node 20, and used as their
 * documentation describes.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { connectSandbox } from "../../sdk/src/testing/index.ts";
import { readConfig, settings } from "../../src/config/settings.ts";
import { serverFlags } from "../../bin/server-flags.cjs";
import { createTestDatabase } from "../support/cluster.ts";
import { createDataFolder, ipgV1Off, startServer } from "../support/server.ts";
import { getAll, readEnvironment, isIncluded, getOnly, readDockerfile, parseJsonForm } from "./dockerfile.ts";
import { packPackages, type PackResult } from "./packing.ts";
import { createEnvironment, installRuntimes, runNpm } from "./runtimes.ts";
import { readSampleFiles, readShellLines } from "./samples.ts";

const run = promisify(execFile);

let packed: PackResult;
let runtimes: ReturnType<typeof installRuntimes>;
let project: string;
let env: NodeJS.ProcessEnv;

/** The steps of the jobs in docs/ci.md: install, restore the project's Node, test. */
const jobs = readSampleFiles("docs/ci.md").map(({ text }) =>
  [...text.matchAll(/^ +- (?:run: )?(np[mx] .+)$/gm)].map(([, step = ""]) =>
    step.replace(" --cache .npm", ""),
  ),
);
const [installCommand = "", restoresNode = "", testCommand = ""] = jobs[0] ?? [];

before(() => {
  runtimes = installRuntimes();
  packed = packPackages();
  project = join(packed.path, "project");
  env = createEnvironment(runtimes.node20);
  const manifest = {
    name: "shop",
    private: true,
    scripts: { version: "node --version", test: "node --test" },
  };
  writeToProject("package.json", JSON.stringify(manifest));
  for (const { name, text } of readSampleFiles("docs/testing.md"))
    if (!name.includes("/")) writeToProject(name, text);
  runNpm(
    ["install", "--package-lock-only", packed.server.tarball, packed.sdk.tarball],
    project,
    runtimes.node20,
  );
  // Like a CI job's project, it has a lock file; its npm runs no install scripts.
  const installed = runShell(`${installCommand} --ignore-scripts --prefer-offline --no-audit --no-fund`);
  assert.equal(installed.code, 0, installed.err);
});
after(() => packed.remove());

function writeToProject(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

/** Runs a command in the project and returns its output. */
function runShell(command: string): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", command], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  return { code: status, out: stdout.trim(), err: stderr.replace(/^npm warn .*\n/gm, "").trim() };
}

const readProjectNodeVersion = (): string =>
  execFileSync(runtimes.node20, ["--version"], { encoding: "utf8" }).trim();

const serverPath = (...path: string[]): string => join(project, "node_modules", "pesarail", ...path);
const sdkPath = (...path: string[]): string => join(project, "node_modules", "@pesarail", "sdk", ...path);

test("the package contains what programs need, and packing leaves no files in the clone", () => {
  assert.deepEqual(packed.leftoverFiles, []);
  const compiled = [...globSync("src/**/*.ts"), ...globSync("bench/**/*.ts")]
    .filter((file) => !file.endsWith(".test.ts") && !file.endsWith(".d.ts"))
    .map((file) => `dist/${file.replace(/\.ts$/, ".js")}`);
  const staticFiles = [
    ...globSync("migrations/**/*.sql"),
    ...globSync("src/web/handset/client/*.{js,css,svg}"),
    ...globSync("src/web/look/*.css"),
    ...globSync("src/words/*/*.js"),
    // The built workspace; its names have hashes of the contents.
    ...globSync("portal/dist/**/*.{html,js,css,br,gz}"),
  ];
  const expected = [
    ...compiled,
    ...staticFiles.map((file) => `dist/${file}`),
    ...globSync("bin/*"),
    ...globSync("docs/*.md"),
    ...globSync("docs/pictures/*"),
    ...globSync("docs/protocols/*"),
    "dist/package.json",
    "dist/bin/server-flags.cjs",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "package.json",
  ];
  assert.deepEqual(packed.server.files, expected.sort());
});

test("the SDK package contains code, types, source maps and their sources", () => {
  const modules = globSync("sdk/src/**/*.ts").map((file) => file.slice("sdk/src/".length, -".ts".length));
  const withCode = modules.filter((name) => hasCode(`sdk/src/${name}.ts`));
  const expected = [
    ...modules.map((name) => `src/${name}.ts`),
    ...["esm", "cjs"].flatMap((kind) => [
      ...withCode.map((name) => `dist/${kind}/${name}.js`),
      // A module that only exports other modules has no lines of its own to map.
      ...withCode.filter((name) => !name.endsWith("index")).map((name) => `dist/${kind}/${name}.js.map`),
      `dist/${kind}/package.json`,
    ]),
    "LICENSE",
    "README.md",
    "package.json",
  ];
  const types = packed.sdk.files.filter((file) => file.endsWith(".d.ts"));
  assert.deepEqual(
    packed.sdk.files.filter((file) => !types.includes(file)),
    expected.sort(),
  );
  for (const file of types) {
    for (const [, target = ""] of readFileSync(sdkPath(file), "utf8").matchAll(/from "(\.[^"]+)"/g)) {
      assert(target.endsWith(".js"), `${file} imports ${target}`);
      assert(
        existsSync(sdkPath(dirname(file), target.replace(/\.js$/, ".d.ts"))),
        `${file} imports ${target}`,
      );
    }
  }
  for (const file of packed.sdk.files.filter((each) => each.endsWith(".map"))) {
    const { sources } = JSON.parse(readFileSync(sdkPath(file), "utf8")) as { sources: string[] };
    for (const source of sources)
      assert(
        existsSync(resolve(sdkPath(dirname(file)), source)),
        `${file} refers to ${source}, which does not exist`,
      );
  }
});

/** Whether a module has more than types. */
const hasCode = (file: string): boolean =>
  /^export (?!type |interface )|^const |^function /m.test(readFileSync(file, "utf8"));

test("every entry point of the SDK loads as an ES module and with require, and leads to the same classes", async () => {
  const { exports: entries } = JSON.parse(readFileSync(sdkPath("package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  const names = Object.keys(entries)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => `@pesarail/sdk${entry.slice(1)}`);
  assert.equal(names.length, 7);
  const check = `if (main.MpesaOpenApi !== openapi.MpesaOpenApi || main.Daraja !== daraja.Daraja || main.IpgV1 !== ipgV1.IpgV1 || main.toNodeHandler !== webhooks.toNodeHandler) throw new Error("two copies");
    console.log([main, openapi, daraja, ipgV1, webhooks, testing, compat].map((entry) => Object.keys(entry).length > 0).join());`;
  const list = JSON.stringify(names);
  const programs = {
    "entries.mjs": `const [main, openapi, daraja, ipgV1, webhooks, testing, compat] = await Promise.all(${list}.map((name) => import(name)));\n${check}`,
    "entries.cjs": `const [main, openapi, daraja, ipgV1, webhooks, testing, compat] = ${list}.map((name) => require(name));\n${check}`,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeToProject(name, text);
    const { stdout } = await run(runtimes.node20, [name], { cwd: project, env });
    assert.equal(stdout.trim(), "true,true,true,true,true,true,true", name);
  }
});

test("the part of the SDK that a program of one protocol loads is below 40 kB, types included", () => {
  for (const protocol of ["openapi-v2", "daraja", "ipg-v1"]) {
    const files = [...listImports(`dist/esm/${protocol}/index`), ...listImports("dist/esm/webhooks/index")];
    const contents = [...new Set(files)].map((file) => readFileSync(sdkPath(file)));
    const bytes = gzipSync(Buffer.concat(contents), { level: 9 }).length;
    assert(bytes < 40_000, `${protocol}: ${bytes} bytes`);
  }
  assert(packed.sdk.sizeBytes < 260_000, `the whole package has ${packed.sdk.sizeBytes} bytes`);
});

/** The code and the types of a module, and of all that it imports. */
function listImports(module: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const file of [`${module}.js`, `${module}.d.ts`]) {
    if (seen.has(file) || !existsSync(sdkPath(file))) continue;
    seen.add(file);
    for (const [, target = ""] of readFileSync(sdkPath(file), "utf8").matchAll(
      /(?:from|import) ?"(\.[^"]+)\.js"/g,
    ))
      listImports(join(dirname(file), target), seen);
  }
  return seen;
}

test("no program of the server imports a TypeScript file", () => {
  for (const file of packed.server.files.filter((each) => each.startsWith("dist/") && each.endsWith(".js"))) {
    const code = readFileSync(serverPath(file), "utf8").replace(/^\s*(\*|\/\/|\/\*).*$/gm, "");
    assert.doesNotMatch(code, /(from|import|import\(|URL\(|spawn\() ?["'`][^"'`]*\.ts["'`]/, file);
  }
});

test("the launcher passes the same Node flags as npm start", () => {
  const { command } = createRequire(import.meta.url)("../../bin/resolve-command.cjs") as {
    command(args: readonly string[]): { args: readonly string[] };
  };
  assert.deepEqual(command(["start"]).args.slice(0, serverFlags.length), serverFlags);
});

test("docs/ci.md and docs/testing.md: a job's steps and the node:test file run unchanged on Node 20", () => {
  assert.deepEqual(jobs[0], ["npm ci", "npx pesarail --version", "npm test"]);
  assert.deepEqual(jobs[1], ["npm ci --prefer-offline", "npx pesarail --version", "npm test"]);
  assert(readShellLines("docs/testing.md").includes("node --test checkout.test.mjs"));
  assert.match(
    runShell("npm run --silent version").out,
    /^v26\./,
    "npm links Pesarail's Node; the step exists to undo that",
  );
  assert.match(runShell(restoresNode).out, /^\d+\.\d+\.\d+$/);
  assert.equal(runShell("npm run --silent version").out, readProjectNodeVersion());
  const tested = runShell(testCommand);
  assert.equal(tested.code, 0, tested.out);
  assert.match(tested.out, /^# pass 2$/m);
});

test("a project keeps its own Node after installing more packages, and an explicitly chosen Node stays", () => {
  const link = join(project, "node_modules/.bin/node");
  const projectVersion = readProjectNodeVersion();
  const version = (): string => runShell("npm run --silent version").out;
  // npm would restore a missing link with every later install.
  runNpm(["install", packed.sdk.tarball], project, runtimes.node20);
  assert.equal(version(), projectVersion);

  const afterInstall = (): Buffer =>
    execFileSync(runtimes.node20, [serverPath("bin/postinstall.cjs")], { env });
  relink(runShell("node -p \"require('pesarail/command').command(['start']).file\"").out);
  afterInstall();
  assert.equal(version(), projectVersion, "the install script does the same");
  relink(process.execPath);
  afterInstall();
  assert.match(version(), /^v26\./, "a Node that the project installed stays");
  rmSync(link);

  function relink(file: string): void {
    rmSync(link, { force: true });
    symlinkSync(file, link);
  }
});

test("the command line works, and reports in one line why it cannot work", () => {
  const help = runShell("npx pesarail --help");
  assert.equal(help.code, 0);
  assert.match(help.out, /Usage: pesarail/);
  assert.match(runShell("npx pesarail bench --help").out, /--connections/);

  const [bin] = globSync(join(project, "node_modules/node-*"));
  assert(bin !== undefined);
  renameSync(bin, `${bin}.away`);
  assert.match(
    runShell("npx pesarail --help").err,
    /^pesarail: Node 26 \(node-.*\) is not installed: .* --include=optional\.$/,
  );
  mkdirSync(join(bin, "bin"), { recursive: true });
  copyFileSync(join(`${bin}.away`, "package.json"), join(bin, "package.json"));
  writeFileSync(join(bin, "bin/node"), "#!/lib/ld-musl-x86_64.so.1\n");
  chmodSync(join(bin, "bin/node"), 0o755);
  assert.match(runShell("npx pesarail --help").err, /^pesarail: Node 26 does not run here .*glibc.*$/);
  rmSync(bin, { recursive: true });
  renameSync(`${bin}.away`, bin);

  writeFileSync(
    join(project, "old.cjs"),
    'Object.defineProperty(process, "versions", { value: { node: "18.20.0" } });',
  );
  assert.equal(
    runShell("node --require ./old.cjs node_modules/pesarail/bin/pesarail.mjs --help").err,
    "pesarail: This is Node 18.20.0. Install Node 20 or newer.",
  );
});

test("types resolve for ES modules, CommonJS and bundlers", () => {
  const program = `import { MpesaOpenApi, type Result } from "@pesarail/sdk";
import { startSandbox, type Sandbox } from "@pesarail/sdk/testing";
import { createListener, type CollectRequest } from "@pesarail/sdk/openapi-v2";
import { toNodeHandler, type Listener } from "@pesarail/sdk/webhooks";
import { APIContext } from "@pesarail/sdk/compat";
export const listener: Listener = createListener({ onEvent: ({ reference }) => console.log(reference) });
export const handler = toNodeHandler(listener);
export const context: APIContext = new APIContext();
export const request: CollectRequest = { amount: 10n, msisdn: "", transactionReference: "", description: "" };
export const sandbox: Promise<Sandbox> = startSandbox();
export const client = (options: ConstructorParameters<typeof MpesaOpenApi>[0]): MpesaOpenApi => new MpesaOpenApi(options);
export const paid = (result: Result<{ transactionId: string }>): string | null =>
  result.outcome === "accepted" ? result.transactionId : null;
`;
  for (const name of ["typed.mts", "typed.cts"]) writeToProject(name, program);
  const base = ["--noEmit", "--strict", "--types", "node", "--typeRoots", resolve("node_modules/@types")];
  const tsc = resolve("node_modules/.bin/tsc");
  for (const kind of [
    ["--module", "nodenext", "typed.mts", "typed.cts"],
    ["--module", "esnext", "--moduleResolution", "bundler", "typed.mts"],
  ]) {
    const { status, stdout } = spawnSync(tsc, [...base, ...kind], { cwd: project, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  }
});

test("every call of the packed SDK works on every runtime", async (t) => {
  copyFileSync("test/packages/every-call.mjs", join(project, "every-call.mjs"));
  using folder = createDataFolder();
  await using database = await createTestDatabase();
  await using server = await startServer(folder.path, database.url);
  assert(server.gateway !== "");
  for (const { name, file, args } of runtimes.all) {
    await t.test(name, async () => {
      const { stdout } = await run(file, [...args, "every-call.mjs", folder.path], { cwd: project, env });
      assert.match(stdout, /every call works/);
    });
  }
  await t.test("with require", async () => {
    const script = `const { MpesaOpenApi, PesarailError } = require("@pesarail/sdk");
      const { connectSandbox } = require("@pesarail/sdk/testing");
      const sandbox = connectSandbox(process.argv[1]);
      const client = sandbox.createClient();
      if (!(client instanceof MpesaOpenApi)) throw new Error("two kinds of MpesaOpenApi");
      client.getSession().then(({ outcome }) => console.log(outcome));`;
    const { stdout } = await run(runtimes.node20, ["--eval", script, folder.path], { cwd: project, env });
    assert.equal(stdout.trim(), "accepted");
  });
});

test("every path that the Dockerfile copies exists and is included, and secrets and build output are excluded", () => {
  const [build = [], image = []] = readDockerfile("Dockerfile");
  const copied = getAll(build, "COPY").flatMap((rest) => rest.split(/\s+/).slice(0, -1));
  for (const path of copied) {
    assert(existsSync(path), `${path} does not exist`);
    assert(isIncluded(path, ".dockerignore"), `.dockerignore excludes ${path}`);
  }
  for (const path of ["data/secret.key", "node_modules/fastify", ".git/config", ".env", "src/main.test.ts"]) {
    assert(!isIncluded(path, ".dockerignore"), `.dockerignore includes ${path}`);
  }
  assert.match(getOnly(image, "USER"), /^[1-9]\d+:[1-9]\d+$/);
  const imageEnvironment = readEnvironment(image);
  assert.equal(readConfig(imageEnvironment).dataDir, getOnly(image, "VOLUME"));
  assert.equal(readConfig(imageEnvironment).sandboxPrivateListeners, false);
  const ports = Object.entries(settings).filter(([name]) => /^(PORT|HTTPS_PORT|IPG_V1_PORT_.*)$/.test(name));
  assert.equal(getOnly(image, "EXPOSE"), ports.map(([, setting]) => setting.default).join(" "));
});

test("the image's program runs as a non-root user, passes its health check, takes a payment, and stops", async () => {
  const [build = [], image = []] = readDockerfile("Dockerfile");
  // /app as in the image: the package's files and its installed dependencies.
  const app = join(packed.path, "app");
  mkdirSync(app);
  for (const name of ["bin", "dist", "package.json"])
    cpSync(serverPath(name), join(app, name), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(app, "node_modules"));
  const linkCommand = getAll(build, "RUN").find((step) => step.includes("packagedBinaries")) ?? "";
  execFileSync("/bin/sh", ["-c", linkCommand.replace("/src/dist", join(app, "dist"))], { env });

  const data = join(packed.path, "data");
  mkdirSync(data, { mode: 0o711 });

  const substitutePaths = (text: string): string =>
    text.replaceAll("/app/", `${app}/`).replaceAll("/data", data);
  const node = execFileSync("node", ["-p", "require('pesarail/command').command([]).file"], {
    cwd: project,
    env,
    encoding: "utf8",
  }).trim();
  const imageEnv = Object.entries({
    ...readEnvironment(image),
    PORT: "0",
    HTTPS_PORT: "off",
    ...ipgV1Off,
  }).map(([name, value]) => [name, substitutePaths(value)]);
  const port = await findFreePort();
  const inImage = {
    ...Object.fromEntries(imageEnv),
    PORT: String(port),
    PATH: `${dirname(node)}:/usr/bin:/bin`,
  } as NodeJS.ProcessEnv;
  const unprivilegedUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (unprivilegedUser.uid !== undefined) chownSync(data, unprivilegedUser.uid, unprivilegedUser.gid);

  const [program, ...args] = [
    ...parseJsonForm(getOnly(image, "ENTRYPOINT")),
    ...parseJsonForm(getOnly(image, "CMD")),
  ];
  assert.equal(program, "pesarail");
  const child = spawn(node, [join(app, "bin/pesarail.mjs"), ...args], {
    cwd: data,
    env: inImage,
    stdio: ["ignore", "pipe", "inherit"],
    ...unprivilegedUser,
  });
  const ended = once(child, "exit");
  try {
    const [checkProgram, ...check] = parseJsonForm(getOnly(image, "HEALTHCHECK"));
    assert.equal(checkProgram, "node");
    const checkHealth = (): number | null =>
      spawnSync(node, check.map(substitutePaths), { env: inImage, ...unprivilegedUser }).status;
    assert.equal(checkHealth(), 1);
    for await (const line of createInterface(child.stdout)) if (line.includes("is ready after")) break;
    assert.equal(checkHealth(), 0);
    await using sandbox = connectSandbox(data);
    const { msisdn } = await sandbox.createCustomer();
    const paid = await sandbox
      .createClient()
      .collect({ amount: "10", msisdn, transactionReference: "T1", description: "Shoes" });
    assert.equal(paid.outcome, "accepted");
  } finally {
    child.kill(getOnly(image, "STOPSIGNAL") as NodeJS.Signals);
  }
  assert.deepEqual(await ended, [0, null]);
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
