/** `pesarail check-listener` as developers and CI run it: a process, its reports and its exit code. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { addCheckListener } from "../../src/cli/commands/check-listener/check-listener.ts";
import { UsageError, CommandFailed } from "../../src/cli/terminal/exit-codes.ts";
import { createBareProgram } from "../../src/cli/program.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { runCommand, type CommandResult, type RunningCommand } from "../support/commands.ts";
import { respondWith, neverRespond, createTestListener } from "../support/listener.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";
import { MerchantServer, type MerchantServerOptions } from "../support/merchant-server.ts";
import { createReference } from "../support/sandbox.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let server: Server;
let bearer: string;

before(async () => {
  database = await createTestDatabase();
  folder = createDataFolder();
  server = await startServer(folder.path, database.url);
  bearer = await server.session();
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const startCommand = (...args: string[]): RunningCommand =>
  runCommand({ DATA_DIR: folder.path, PESARAIL_CALLBACK_SECRET: "" }, "check-listener", ...args);
const runCommandToEnd = (...args: string[]): Promise<CommandResult> => startCommand(...args).result;

const createMerchant = (options: MerchantServerOptions = {}): Promise<MerchantServer> =>
  new MerchantServer({ secret, queryGateway, ...options }).start();

/** The query that the merchant's system sends when no result arrives. */
async function queryGateway(name: string): Promise<string> {
  const fields = {
    input_QueryReference: name,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
  };
  const { body } = await server.call("GET", "queryTransactionStatus/", fields, bearer);
  return body["output_ResponseTransactionStatus"] ?? "";
}

function listHookOptions({ url }: MerchantServer): string[] {
  const hooks = {
    "--begin-url": `${url}/begin`,
    "--state-url": `${url}/state/{reference}`,
    "--query-url": `${url}/query`,
    "--give-up-url": `${url}/give-up`,
    "--break-url": `${url}/break`,
    "--mend-url": `${url}/mend`,
  };
  return [`${url}/callback`, "--secret", secret, ...Object.entries(hooks).flat(), "--settle", "1s"];
}

// oxlint-disable-next-line typescript/no-explicit-any -- the report as JSON
const parseReport = (result: CommandResult): any => JSON.parse(result.stdout);
const getVerdicts = (result: CommandResult): Record<string, string> =>
  Object.fromEntries(
    parseReport(result).cases.map((each: { name: string; verdict: string }) => [each.name, each.verdict]),
  );

test("a payment settled by the merchant's own query is booked once, with a real gateway", async () => {
  await using merchant = await createMerchant();
  const file = join(folder.path, "good.xml");
  const result = await runCommandToEnd(
    ...listHookOptions(merchant),
    "--only",
    "success,after-query",
    "--json",
    "--junit",
    file,
  );
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.deepEqual(Object.values(getVerdicts(result)), Array(5).fill("passed"));
  assert.equal(parseReport(result).score.points, 100);
  assert.equal(readTestSuites(file)["@failures"], "0");
});

// oxlint-disable-next-line typescript/no-explicit-any -- the parsed XML file
function readTestSuites(file: string): any {
  const xml = readFileSync(file, "utf8");
  assert.equal(XMLValidator.validate(xml), true);
  return new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@" }).parse(xml).testsuites;
}

test("a listener whose own query books twice fails the case, with its response in the report", async () => {
  await using merchant = await createMerchant({ fault: "books again after its own query" });
  const file = join(folder.path, "query.xml");
  const result = await runCommandToEnd(
    ...listHookOptions(merchant),
    "--only",
    "after-query",
    "--junit",
    file,
  );
  assert.equal(result.code, 1, result.stdout + result.stderr);
  assert.match(result.stdout, /✔ after-query\/settled +paid, booked once/);
  assert.match(result.stdout, /✖ after-query\/booked-once +paid, booked 2 times/);
  assert.match(result.stdout, /In production +A system that queries because a callback is late/);
  assert.match(result.stdout, /D, because money is lost|F: /);
  const { testsuite } = readTestSuites(file);
  const failed = testsuite.testcase.find((each: Record<string, unknown>) => "failure" in each);
  assert.equal(failed["@name"], "after-query/booked-once");
  assert.match(failed.failure["#text"], /Records +payment: paid, booked 2 times/);
});

test("commands work as well as URLs, and get a reference and nothing else", async () => {
  await using merchant = await createMerchant();
  const script = join(folder.path, "shop.mjs");
  writeFileSync(
    script,
    `const [what, name = ""] = process.argv.slice(2);
     const env = process.env;
     const body = { reference: "own" + env.PESARAIL_REFERENCE.slice(5), conversationId: env.PESARAIL_CONVERSATION_ID || null, amount: env.PESARAIL_AMOUNT };
     const response = await fetch("${merchant.url}/" + what + "/" + name, what === "begin" ? { method: "POST", body: JSON.stringify(body) } : {});
     console.log(what === "begin" ? JSON.stringify({ reference: body.reference }) : response.status === 404 ? "" : await response.text());`,
  );
  const line = `"${process.execPath}" "${script}"`;
  const hooks = ["--begin-command", `${line} begin`, "--state-command", `${line} state {reference}`];
  const result = await runCommandToEnd(
    `${merchant.url}/callback`,
    "--secret",
    secret,
    ...hooks,
    "--only",
    "success,lost-answer",
    "--json",
  );
  assert.deepEqual(getVerdicts(result), {
    "success/acknowledged": "passed",
    "success/booked": "passed",
    "success/amount": "passed",
    "lost-answer/booked": "passed",
  });
  assert.deepEqual(
    [...merchant.orders.keys()].map((name) => name.slice(0, 3)),
    ["own", "own"],
  );

  const injection = `echo '{ "reference": "1; touch ${join(folder.path, "owned")}" }'`;
  const refused = await runCommandToEnd(
    `${merchant.url}/callback`,
    "--secret",
    secret,
    ...hooks,
    "--begin-command",
    injection,
    "--only",
    "success",
  );
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /a reference that is not 1 to 32 letters and digits/);
  assert(!existsSync(join(folder.path, "owned")));
});

test("warnings fail the check only with --strict", async () => {
  await using merchant = await createMerchant({ fault: "responds in its own format" });
  const only = ["--only", "success/acknowledged,answers/form"];
  const mild = await runCommandToEnd(...listHookOptions(merchant), ...only);
  assert.equal(mild.code, 0, mild.stdout + mild.stderr);
  assert.match(
    mild.stdout,
    /! answers\/form +1 of 1 acknowledgements: The response has no output_ResponseCode\./,
  );
  const file = join(folder.path, "strict.xml");
  const strict = await runCommandToEnd(...listHookOptions(merchant), ...only, "--strict", "--junit", file);
  assert.equal(strict.code, 1);
  assert.equal(readTestSuites(file)["@failures"], "1");
});

test("the secret is in no report, even if the listener repeats it", async () => {
  await using listener = await createTestListener({
    behaviour: respondWith(401, {}, `no ${secret} \u001b[31m ${secret.slice(6)}`),
  });
  const file = join(folder.path, "secret.xml");
  const text = await runCommandToEnd(
    listener.url,
    "--secret",
    secret,
    "--verbose",
    "--only",
    "success",
    "--junit",
    file,
  );
  const json = await runCommandToEnd(listener.url, "--secret", secret, "--json", "--only", "success");
  assert.match(text.stdout, /Check that --secret is the listener's secret\./);
  for (const output of [text.stdout, text.stderr, json.stdout, readFileSync(file, "utf8")]) {
    assert(!output.includes(secret.slice(6)) && !output.includes("\u001b"), output);
  }
  assert.match(text.stdout, /no whsec_\*\*\*/);
});

test("after --break-command, --mend-command runs even if the check is interrupted in between", async () => {
  await using listener = await createTestListener({ behaviour: neverRespond });
  const [broken, fixed] = [join(folder.path, "broken"), join(folder.path, "fixed")];
  const hooks = ["--break-command", `touch "${broken}"`, "--mend-command", `sleep 0.2; touch "${fixed}"`];
  const running = startCommand(listener.url, ...hooks, "--only", "own-503");
  await listener.waitForCallbacks(1);
  assert(existsSync(broken) && !existsSync(fixed));
  running.process.kill("SIGINT");
  const { code } = await running.result;
  assert.equal(code, 130);
  assert(existsSync(fixed));
});

test("invalid input is refused in one line, and nothing is sent", async () => {
  await using listener = await createTestListener();
  await using rubbish = await createTestListener({ behaviour: respondWith(200, {}, '{"status":"done"}') });
  const { url } = listener;
  const table: [string[], typeof UsageError | typeof CommandFailed, RegExp][] = [
    [[], UsageError, /Give the URL of the listener/],
    [["not a url"], UsageError, /http or https URL/],
    [["http://8.8.8.8/callback"], CommandFailed, /8\.8\.8\.8, a public address.*--i-own-this-listener/],
    [[url, "--state-url", "http://8.8.8.8/{reference}"], CommandFailed, /a public address/],
    [[url, "--state-url", "http://127.0.0.1:1/"], UsageError, /must contain \{reference\}/],
    [[url, "--state-url", "http://127.0.0.1:1/{reference}"], CommandFailed, /--state-url failed/],
    [
      [url, "--state-url", `${rubbish.url}/{reference}`],
      CommandFailed,
      /has no status out of paid, failed, pending/,
    ],
    [[url, "--state-command", "exit 3 # {reference}"], CommandFailed, /--state-command exited with 3/],
    [["http://127.0.0.1:1/"], CommandFailed, /No listener responds at http:\/\/127\.0\.0\.1:1\//],
    [[url, "--secret", "hunter2"], UsageError, /--secret must be whsec_/],
    [[url, "--only", "everything"], UsageError, /there is no such case/],
    [[url, "--many", "1001"], UsageError, /from 1 to 1000/],
    [[url, "--call", "queryBeneficiaryName"], UsageError, /moves money at once/],
    [[url, "--break-url", "http://127.0.0.1:1/"], UsageError, /Give both --break-… and --mend-…/],
    [
      [url, "--state-url", "http://a.test/{reference}", "--state-command", "x {reference}"],
      UsageError,
      /Give either --state-url or --state-command/,
    ],
  ];
  for (const [args, kind, expected] of table) {
    await assert.rejects(parseInProcess(args), (error: Error) => {
      assert(error instanceof kind, `${args.join(" ")}: ${error.message}`);
      assert.match(error.message, expected);
      assert(!error.message.includes("hunter2"));
      return true;
    });
  }
  assert.deepEqual(listener.received, []);
  await assert.rejects(
    parseInProcess([url, "--junit", "/nowhere/report.xml", "--only", "duplicate"]),
    /Cannot write/,
  );
});

/** Runs the command in this process: its refusals need no process of their own. */
async function parseInProcess(args: readonly string[]): Promise<void> {
  const program = createBareProgram();
  addCheckListener(program);
  await program.parseAsync(["check-listener", ...args], { from: "user" });
}

test("the cases are listed with their expectations", async () => {
  const listed = await runCommandToEnd("--list", "--call", "c2bSingle", "--call", "b2c");
  assert.match(listed.stdout, /duplicate\/booked-once +money +The payment is booked once/);
  assert.match(listed.stdout, /success-b2c\/booked/);
  const cases = JSON.parse((await runCommandToEnd("--list", "--json")).stdout) as { name: string }[];
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});

test("the listener in docs/check-listener.md fails the cases that the page names", async () => {
  const page = readFileSync("docs/check-listener.md", "utf8");
  const script = join(folder.path, "page.mjs");
  const [, source = ""] = /```js\n(.*?)```/s.exec(page) ?? [];
  writeFileSync(
    script,
    source.replace(
      /\.listen\(.*?\)(?=;)/,
      '.listen(0, "127.0.0.1", function () { console.log(this.address().port); })',
    ),
  );
  const merchant = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = (await once(merchant.stdout, "data")) as [Buffer];
    const url = `http://127.0.0.1:${port.toString().trim()}`;
    const result = await runCommandToEnd(
      `${url}/callback`,
      "--begin-url",
      `${url}/test/payments`,
      "--state-url",
      `${url}/test/payments/{reference}`,
      "--only",
      "success,refusals,duplicate,duplicate-at-once,another-payment",
      "--json",
    );
    const wrong = Object.entries(getVerdicts(result)).filter(([, verdict]) => verdict !== "passed");
    assert.deepEqual(wrong, [["duplicate-at-once/booked-once", "failed"]]);
    for (const name of Object.keys(getVerdicts(result))) assert(page.includes(`${name} `), name);
  } finally {
    merchant.kill();
    await once(merchant, "exit");
  }
});
