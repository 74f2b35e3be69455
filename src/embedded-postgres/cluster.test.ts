import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import postgres from "postgres";
import { isRoot } from "./os-user.ts";
import { type Cluster, type ClusterAddress, startCluster } from "./cluster.ts";

const linux = process.platform === "linux";

/** A data folder that every user can enter, unlike those of mkdtemp. */
function dataFolder(mode = 0o711) {
  const folder = mkdtempDisposableSync(join(tmpdir(), "cluster-"));
  chmodSync(folder.path, mode);
  return folder;
}

/** Starts a cluster; `reports` stores its messages and emits "line" for each. */
async function startTestCluster(dataDir: string) {
  const reports = Object.assign(new EventEmitter(), { lines: [] as string[] });
  const cluster = await startCluster({
    dataDir,
    onProgress(line) {
      reports.lines.push(line);
      reports.emit("line", line);
    },
  });
  return { cluster, reports, [Symbol.asyncDispose]: () => cluster.stop() };
}

async function query(address: ClusterAddress, text: string): Promise<unknown> {
  const sql = postgres({ ...address, max: 1, onnotice() {} });
  try {
    const [row] = await sql.unsafe(text).values();
    return row?.[0];
  } finally {
    await sql.end();
  }
}

const queryCluster = (cluster: Cluster, text: string) => query(cluster.address("postgres"), text);

const readPostmasterPid = (cluster: string): number =>
  Number.parseInt(readFileSync(join(cluster, "postmaster.pid"), "utf8"), 10);

test("a cluster is created once, keeps its data, and requires its password", async () => {
  using folder = dataFolder();
  const dataDir = folder.path;
  await using started = await startTestCluster(dataDir);
  const { cluster, reports } = started;
  const address = cluster.address("postgres");

  assert.deepEqual(reports.lines, ["Creating the database cluster …"]);
  assert.equal(
    await queryCluster(cluster, "select current_setting('fsync') || current_setting('synchronous_commit')"),
    "onon",
  );
  assert.equal(await queryCluster(cluster, "select current_setting('listen_addresses')"), "");
  await assert.rejects(query({ ...address, password: "guess" }, "select 1"), { code: "28P01" });
  assert.equal(statSync(join(dataDir, "postgres.password")).mode & 0o777, 0o600);
  assert.equal(statSync(address.host).mode & 0o777, 0o700);

  await queryCluster(cluster, "create table kept as select 7 as number");
  await cluster.stop();
  assert.equal(await cluster.exited, null);

  await using again = await startTestCluster(dataDir);
  assert.deepEqual(again.reports.lines, []);
  assert.equal(await queryCluster(again.cluster, "select number from kept"), 7);
});

test("a killed PostgreSQL is restarted", async () => {
  using folder = dataFolder();
  const dataDir = folder.path;
  await using started = await startTestCluster(dataDir);
  const { cluster, reports } = started;
  await queryCluster(cluster, "create table kept as select 7 as number");

  process.kill(readPostmasterPid(join(dataDir, "postgres", "cluster")), "SIGKILL");
  while (reports.lines.at(-1) !== "PostgreSQL is running again.") await once(reports, "line");

  assert.match(
    reports.lines.at(-2) ?? "",
    /^PostgreSQL exited unexpectedly \(signal SIGKILL\)\. Restarting it\.$/,
  );
  assert.equal(await queryCluster(cluster, "select number from kept"), 7);
});

/** A process in its own process group that starts the cluster, writes to it, and keeps running. */
async function startServerProcess(dataDir: string) {
  const script = `
    import postgres from ${JSON.stringify(import.meta.resolve("postgres"))};
    import { startCluster } from ${JSON.stringify(import.meta.resolve("./cluster.ts"))};
    const cluster = await startCluster({ dataDir: ${JSON.stringify(dataDir)}, onProgress() {} });
    const sql = postgres(cluster.address("postgres"));
    await sql\`create table kept as select 7 as number\`;
    console.log("written");`;
  const args = ["--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  await once(createInterface(child.stdout), "line");
  return child;
}

test("killing a server and its group leaves PostgreSQL running, and the next start replaces it", async () => {
  using folder = dataFolder();
  const dataDir = folder.path;
  const killed = await startServerProcess(dataDir);
  const orphan = readPostmasterPid(join(dataDir, "postgres", "cluster"));
  process.kill(-(killed.pid ?? NaN), "SIGKILL");
  await once(killed, "exit");
  assert(process.kill(orphan, 0), "PostgreSQL does not get a signal to the server's group");

  await using started = await startTestCluster(dataDir);
  const { cluster, reports } = started;
  assert.deepEqual(reports.lines, [
    `Stopping the PostgreSQL that an earlier server left running (process ${orphan}) …`,
  ]);
  assert.equal(await queryCluster(cluster, "select number from kept"), 7);
});

test(
  "it starts after everything was killed, a child hangs, and another process has the process id",
  { skip: !linux },
  async () => {
    using folder = dataFolder();
    const dataDir = folder.path;
    const cluster = join(dataDir, "postgres", "cluster");
    const killed = await startServerProcess(dataDir);
    const postmaster = readPostmasterPid(cluster);
    const [child = NaN] = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8")
      .split(" ")
      .map(Number);
    process.kill(child, "SIGSTOP"); // It will not notice that its parent has exited.
    killed.kill("SIGKILL");
    await once(killed, "exit");
    process.kill(postmaster, "SIGKILL");
    // It runs as PostgreSQL's user: PostgreSQL only takes the file seriously for such a process.
    const stranger = spawn("sleep", ["60"], isRoot() ? { uid: statSync(cluster).uid } : {});
    const [, ...rest] = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
    writeFileSync(join(cluster, "postmaster.pid"), [stranger.pid, ...rest].join("\n"));

    await using next = await startTestCluster(dataDir);
    assert.equal(await queryCluster(next.cluster, "select number from kept"), 7);
    assert(!existsSync(`/proc/${child}/cwd`), "the child was stopped");
    assert(stranger.kill(), "the other process still runs");
  },
);

test("a folder with a long and unusual name that contains an incomplete cluster", async () => {
  using folder = dataFolder();
  const dataDir = join(folder.path, `${"long".repeat(25)}, "awkward"`);
  mkdirSync(join(dataDir, "postgres", "cluster.new", "base"), { recursive: true });
  await using started = await startTestCluster(dataDir);
  const { cluster } = started;

  assert(cluster.address("postgres").host.startsWith(tmpdir()));
  assert.equal(await queryCluster(cluster, "select 7"), 7);
  rmSync(cluster.address("postgres").host, { recursive: true });
});

test("a failed start has a one-line message", async () => {
  using folder = dataFolder();
  const dataDir = folder.path;
  const baseDir = join(dataDir, "postgres");
  const starting = () => startCluster({ dataDir, onProgress() {} });
  await (await starting()).stop();

  const password = readFileSync(join(dataDir, "postgres.password"));
  rmSync(join(dataDir, "postgres.password"));
  await assert.rejects(starting(), /postgres\.password is missing/);
  writeFileSync(join(dataDir, "postgres.password"), password);

  writeFileSync(join(baseDir, "cluster", "postgresql.conf"), "nonsense = 1\n");
  await assert.rejects(
    starting(),
    /^ClusterError: PostgreSQL did not start \(code 1\): .*errors \(see .*postgres\.log\)$/,
  );

  writeFileSync(join(baseDir, "cluster", "PG_VERSION"), "17\n");
  await assert.rejects(starting(), /was created by PostgreSQL 17, and this release has 18/);
});

test("a start can be aborted", async () => {
  using folder = dataFolder();
  const dataDir = folder.path;
  await assert.rejects(startCluster({ dataDir, onProgress() {}, signal: AbortSignal.abort() }));
  assert(!existsSync(join(dataDir, "postgres", "cluster", "postmaster.pid")));
});

test(
  "root: the database is outside a data folder that PostgreSQL's user cannot enter",
  { skip: !isRoot() },
  async () => {
    using folder = dataFolder(0o700);
    const dataDir = folder.path;
    await using started = await startTestCluster(dataDir);
    const { cluster, reports } = started;
    const baseDir = readFileSync(join(dataDir, "postgres.location"), "utf8").trim();
    using cleanup = new DisposableStack();
    cleanup.defer(() => rmSync(baseDir, { recursive: true, force: true }));

    assert.match(
      reports.lines[0] ?? "",
      /^The user that runs PostgreSQL cannot enter .*; the database is created in \//,
    );
    await queryCluster(cluster, "create table kept as select 7 as number");
    await cluster.stop();

    await using again = await startTestCluster(dataDir);
    assert.equal(await queryCluster(again.cluster, "select number from kept"), 7);
    await again.cluster.stop();

    rmSync(join(dataDir, "postgres.location"));
    rmSync(join(dataDir, "postgres.password"));
    await using recreated = await startTestCluster(dataDir);
    assert.match(
      recreated.reports.lines[1] ?? "",
      /was the database of a deleted data folder; it was renamed to/,
    );
    await recreated.cluster.stop();

    rmSync(baseDir, { recursive: true });
    await assert.rejects(
      startTestCluster(dataDir),
      /should be in .* but is missing. Restore it, or remove .*postgres\.location/,
    );
  },
);
