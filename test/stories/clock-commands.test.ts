/** `pesarail clock` and `pesarail snapshot`, on a real installation. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { formatLocalTime } from "../../src/cli/terminal/table.ts";
import {
  Installation,
  createSession,
  type CommandResult,
  type SandboxJson,
} from "../support/installation.ts";

let installation: Installation;
let sandbox: SandboxJson;

before(async () => {
  installation = new Installation();
  sandbox = await installation.start();
});
after(() => installation[Symbol.asyncDispose]());

async function runOk(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await installation.runCommand(...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const getRefusal = ({ code, stdout, stderr }: CommandResult): string => {
  assert.equal(stdout, "");
  return `${code} ${stderr.split("\n", 1)[0]}`;
};

test("the clock is shown, frozen, advanced and started by commands", async () => {
  assert.match(await runOk("clock"), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, running, wall time\.\n$/);
  assert.match(await runOk("clock", "freeze"), /^\S+ \S+, stopped, /);
  await createSession(sandbox);
  const moved = await runOk("clock", "advance", "2d");
  assert.match(moved, /^The clock advanced by 2 days, from \S+ \S+ to \S+ \S+\.\n/);
  assert.match(moved, /:00:00 {2}vodacomTZN {4}\d{4}-\d\d-\d\d started: daily limits are reset\.\n/);
  assert.match(moved, /:\d\d {2}- +A session of application 1 \(Sandbox application\) ended\.\n/);

  // Whole seconds, as the clock is printed.
  const to = new Date(Math.floor(Date.now() / 1000) * 1000 + 3 * 86_400_000).toISOString();
  const further = JSON.parse(await runOk("clock", "advance", "to", to, "--json")) as {
    to: string;
    count: number;
  };
  assert.deepEqual([further.to, further.count], [to, 6]);
  const clock = await runOk("clock");
  const toLocal = formatLocalTime(to);
  assert(clock.startsWith(`${toLocal}, stopped, 2 days 23 hours ahead of wall time.`), clock);
  const later = formatLocalTime(Date.parse(to) + 86_400_000);
  assert.match(
    await runOk("clock", "advance", "to", later),
    /^The clock advanced by 1 day/,
    "the printed format is accepted as input",
  );

  const rail = ["--environment", "sandbox", "--market", "vodacomTZN"];
  const deposit = ["--shortcode", "000000", "--amount", "10.00", "--reason", "test"];
  await runOk("admin", "organisation", "deposit", ...rail, ...deposit);
  const statement = await runOk("admin", "statement", ...rail, "--owner", "000000");
  assert.match(
    statement,
    new RegExp(`^${later} .*funding`, "m"),
    "the admin commands use the sandbox's time",
  );
  assert.match(await runOk("clock", "run"), /, running, /);
});

test("a snapshot is taken, listed, restored and deleted by commands", async () => {
  assert.equal(await runOk("snapshot", "list"), "There are no snapshots.\n");
  assert.match(
    await runOk("snapshot", "take", "payday"),
    /^Snapshot payday contains the sandbox as of \S+ \S+\.\n$/,
  );
  assert.equal(
    getRefusal(await installation.runCommand("snapshot", "take", "payday")),
    "1 pesarail: Snapshot payday already exists. Replace it, or use another name.",
  );
  await runOk("snapshot", "take", "payday", "--replace");
  await runOk("clock", "advance", "10d");
  assert.match(
    await runOk("snapshot", "restore", "payday"),
    /^The sandbox is restored to \S+ \S+; its clock is running/,
  );
  assert.match(await runOk("snapshot", "list"), /^name +taken +sandbox time\npayday +\S+ \S+ +\S+ \S+\n$/);
  assert.equal(await runOk("snapshot", "delete", "payday"), "Snapshot payday is deleted.\n");
  assert.equal(
    getRefusal(await installation.runCommand("snapshot", "restore", "payday")),
    "1 pesarail: Snapshot payday does not exist.",
  );
  assert.match(await runOk("prove"), /All invariants hold/);
});

test("a backup contains no snapshots, and a snapshot without its rows is not listed", async () => {
  await runOk("snapshot", "take", "kept");
  const file = `${installation.folder}/kept.backup`;
  await runOk("backup", file, "--with-secret-key");
  await using other = new Installation();
  const restored = await other.runCommand("restore", file);
  assert.equal(restored.code, 0, restored.stderr);
  await other.start();
  const { stdout } = await other.runCommand("snapshot", "list");
  assert.equal(stdout, "There are no snapshots.\n");
});

test("invalid input is refused in one line", async () => {
  const runRefused = async (...args: string[]): Promise<string> =>
    getRefusal(await installation.runCommand(...args));
  assert.match(
    await runRefused("clock", "advance", "soon"),
    /^2 pesarail: how far is "soon", but must be a duration like/,
  );
  assert.match(await runRefused("clock", "advance", "to"), /^2 pesarail: how far is "to"/);
  assert.match(await runRefused("clock", "advance", "3", "days"), /^2 pesarail: Give a duration such as 3d/);
  assert.match(
    await runRefused("clock", "advance", "to", "2020-01-01T00:00:00Z"),
    /^1 pesarail: The clock only moves forward/,
  );
  assert.match(
    await runRefused("clock", "--url", "http://127.0.0.1:9/control/v1"),
    /^2 pesarail: --url and --token must be used together/,
  );
  assert.match(
    await runRefused("clock", "--url", "http://127.0.0.1:9/control/v1", "--token", "x"),
    /^1 pesarail: The server did not respond at http:\/\/127\.0\.0\.1:9\/control\/v1/,
  );
  assert.match(
    await runRefused("snapshot", "take", "Pay Day"),
    /^1 pesarail: name is not accepted\. 1 to 40 lower-case/,
  );
});

test("without a server, the command explains how to start one", async () => {
  await installation.stop();
  assert.equal(
    getRefusal(await installation.runCommand("clock")),
    `1 pesarail: No server is running on DATA_DIR (${installation.dataDir}). To start one: npm start`,
  );
});
