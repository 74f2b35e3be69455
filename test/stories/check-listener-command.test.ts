/** `pesarail check-listener` as a developer and their CI run it: a process, its reports and its exit code. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { addCheckListener } from "../../src/cli/check-listener.ts";
import { Misused, Refused } from "../../src/cli/command-error.ts";
import { bareProgram } from "../../src/cli/program.ts";
import { testDatabase } from "../town/cluster.ts";
import { runCommand, type Ran, type Running } from "../town/commands.ts";
import { answerWith, hang, openListener } from "../town/listener.ts";
import { dataFolder, startServer, type Server } from "../town/server.ts";
import { Shop, type ShopOptions } from "../town/shop.ts";
import { reference } from "../town/town.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: ReturnType<typeof dataFolder>;
let server: Server;
let bearer: string;

before(async () => {
  database = await testDatabase();
  folder = dataFolder();
  server = await startServer(folder.path, database.url);
  bearer = await server.session();
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const begin = (...args: string[]): Running =>
  runCommand({ DATA_DIR: folder.path, PESARAIL_CALLBACK_SECRET: "" }, "check-listener", ...args);
const run = (...args: string[]): Promise<Ran> => begin(...args).ended;

const openShop = (options: ShopOptions = {}): Promise<Shop> =>
  new Shop({ secret, askGateway, ...options }).open();

/** What the shop's own system asks when no result comes. */
async function askGateway(name: string): Promise<string> {
  const asks = {
    input_QueryReference: name,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: reference(),
  };
  const { body } = await server.call("GET", "queryTransactionStatus/", asks, bearer);
  return body["output_ResponseTransactionStatus"] ?? "";
}

function allOf({ url }: Shop): string[] {
  const tools = {
    "--begin-url": `${url}/begin`,
    "--state-url": `${url}/state/{reference}`,
    "--query-url": `${url}/query`,
    "--give-up-url": `${url}/give-up`,
    "--break-url": `${url}/break`,
    "--mend-url": `${url}/mend`,
  };
  return [`${url}/callback`, "--secret", secret, ...Object.entries(tools).flat(), "--settle", "1s"];
}

// oxlint-disable-next-line typescript/no-explicit-any -- the report as JSON
const read = (ran: Ran): any => JSON.parse(ran.stdout);
const verdicts = (ran: Ran): Record<string, string> =>
  Object.fromEntries(
    read(ran).cases.map((each: { name: string; verdict: string }) => [each.name, each.verdict]),
  );

test("a payment that its own query settled is booked once, by the word of a real gateway", async () => {
  await using shop = await openShop();
  const file = join(folder.path, "good.xml");
  const ran = await run(...allOf(shop), "--only", "success,after-query", "--json", "--junit", file);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(Object.values(verdicts(ran)), Array(5).fill("passed"));
  assert.equal(read(ran).score.points, 100);
  assert.equal(suitesIn(file)["@failures"], "0");
});

// oxlint-disable-next-line typescript/no-explicit-any -- whatever XML is in the file
function suitesIn(file: string): any {
  const xml = readFileSync(file, "utf8");
  assert.equal(XMLValidator.validate(xml), true);
  return new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@" }).parse(xml).testsuites;
}

test("a listener whose own query books again is told so, with what it said", async () => {
  await using shop = await openShop({ fault: "books its own query again" });
  const file = join(folder.path, "query.xml");
  const ran = await run(...allOf(shop), "--only", "after-query", "--junit", file);
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /✔ after-query\/settled +paid, booked once/);
  assert.match(ran.stdout, /✖ after-query\/booked-once +paid, booked 2 times/);
  assert.match(ran.stdout, /In production +Whoever asks because a callback is late/);
  assert.match(ran.stdout, /D since money is lost|F: /);
  const { testsuite } = suitesIn(file);
  const failed = testsuite.testcase.find((each: Record<string, unknown>) => "failure" in each);
  assert.equal(failed["@name"], "after-query/booked-once");
  assert.match(failed.failure["#text"], /Records +payment: paid, booked 2 times/);
});

test("commands serve as well as URLs, and what they get is a reference and nothing else", async () => {
  await using shop = await openShop();
  const script = join(folder.path, "shop.mjs");
  writeFileSync(
    script,
    `const [what, name = ""] = process.argv.slice(2);
     const env = process.env;
     const body = { reference: "own" + env.PESARAIL_REFERENCE.slice(5), conversationId: env.PESARAIL_CONVERSATION_ID || null, amount: env.PESARAIL_AMOUNT };
     const response = await fetch("${shop.url}/" + what + "/" + name, what === "begin" ? { method: "POST", body: JSON.stringify(body) } : {});
     console.log(what === "begin" ? JSON.stringify({ reference: body.reference }) : response.status === 404 ? "" : await response.text());`,
  );
  const line = `"${process.execPath}" "${script}"`;
  const tools = ["--begin-command", `${line} begin`, "--state-command", `${line} state {reference}`];
  const ran = await run(
    `${shop.url}/callback`,
    "--secret",
    secret,
    ...tools,
    "--only",
    "success,lost-answer",
    "--json",
  );
  assert.deepEqual(verdicts(ran), {
    "success/acknowledged": "passed",
    "success/booked": "passed",
    "success/amount": "passed",
    "lost-answer/booked": "passed",
  });
  assert.deepEqual(
    [...shop.orders.keys()].map((name) => name.slice(0, 3)),
    ["own", "own"],
  );

  const evil = `echo '{ "reference": "1; touch ${join(folder.path, "owned")}" }'`;
  const refused = await run(
    `${shop.url}/callback`,
    "--secret",
    secret,
    ...tools,
    "--begin-command",
    evil,
    "--only",
    "success",
  );
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /a reference that is not 1 to 32 letters and digits/);
  assert(!existsSync(join(folder.path, "owned")));
});

test("warnings are no failures, unless they are to be", async () => {
  await using shop = await openShop({ fault: "has words of its own" });
  const only = ["--only", "success/acknowledged,answers/form"];
  const mild = await run(...allOf(shop), ...only);
  assert.equal(mild.code, 0, mild.stdout + mild.stderr);
  assert.match(
    mild.stdout,
    /! answers\/form +1 of 1 acknowledgements: The answer has no output_ResponseCode\./,
  );
  const file = join(folder.path, "strict.xml");
  const strict = await run(...allOf(shop), ...only, "--strict", "--junit", file);
  assert.equal(strict.code, 1);
  assert.equal(suitesIn(file)["@failures"], "1");
});

test("the secret is in no report, even if the listener repeats it", async () => {
  await using listener = await openListener({
    behaviour: answerWith(401, {}, `no ${secret} \u001b[31m ${secret.slice(6)}`),
  });
  const file = join(folder.path, "secret.xml");
  const text = await run(listener.url, "--secret", secret, "--verbose", "--only", "success", "--junit", file);
  const json = await run(listener.url, "--secret", secret, "--json", "--only", "success");
  assert.match(text.stdout, /Is --secret the one that the listener has\?/);
  for (const said of [text.stdout, text.stderr, json.stdout, readFileSync(file, "utf8")]) {
    assert(!said.includes(secret.slice(6)) && !said.includes("\u001b"), said);
  }
  assert.match(text.stdout, /no whsec_\*\*\*/);
});

test("what was broken is mended, even when somebody interrupts it in between", async () => {
  await using listener = await openListener({ behaviour: hang });
  const [broken, mended] = [join(folder.path, "broken"), join(folder.path, "mended")];
  const tools = ["--break-command", `touch "${broken}"`, "--mend-command", `sleep 0.2; touch "${mended}"`];
  const running = begin(listener.url, ...tools, "--only", "own-503");
  await listener.untilHeard(1);
  assert(existsSync(broken) && !existsSync(mended));
  running.process.kill("SIGINT");
  const { code } = await running.ended;
  assert.equal(code, 130);
  assert(existsSync(mended));
});

test("what cannot be is refused in one line, and nothing is sent", async () => {
  await using listener = await openListener();
  await using rubbish = await openListener({ behaviour: answerWith(200, {}, '{"status":"done"}') });
  const { url } = listener;
  const table: [string[], typeof Misused | typeof Refused, RegExp][] = [
    [[], Misused, /Where is the listener/],
    [["not a url"], Misused, /http or https URL/],
    [
      ["http://8.8.8.8/callback"],
      Refused,
      /8\.8\.8\.8, which is on the open internet.*--i-own-this-listener/,
    ],
    [[url, "--state-url", "http://8.8.8.8/{reference}"], Refused, /on the open internet/],
    [[url, "--state-url", "http://127.0.0.1:1/"], Misused, /has no \{reference\} in it/],
    [[url, "--state-url", "http://127.0.0.1:1/{reference}"], Refused, /--state-url did not answer/],
    [
      [url, "--state-url", `${rubbish.url}/{reference}`],
      Refused,
      /has no status out of paid, failed, pending/,
    ],
    [[url, "--state-command", "exit 3 # {reference}"], Refused, /--state-command ended with 3/],
    [["http://127.0.0.1:1/"], Refused, /Nobody listens at http:\/\/127\.0\.0\.1:1\//],
    [[url, "--secret", "hunter2"], Misused, /--secret must be whsec_/],
    [[url, "--only", "everything"], Misused, /there is no such case/],
    [[url, "--many", "1001"], Misused, /from 1 to 1000/],
    [[url, "--call", "queryBeneficiaryName"], Misused, /moves money at once/],
    [[url, "--break-url", "http://127.0.0.1:1/"], Misused, /go together/],
    [
      [url, "--state-url", "http://a.test/{reference}", "--state-command", "x {reference}"],
      Misused,
      /give one/,
    ],
  ];
  for (const [args, kind, says] of table) {
    await assert.rejects(parsed(args), (error: Error) => {
      assert(error instanceof kind, `${args.join(" ")}: ${error.message}`);
      assert.match(error.message, says);
      assert(!error.message.includes("hunter2"));
      return true;
    });
  }
  assert.deepEqual(listener.heard, []);
  await assert.rejects(
    parsed([url, "--junit", "/nowhere/report.xml", "--only", "duplicate"]),
    /cannot be written/,
  );
});

/** The command in this process: how it refuses needs none of its own. */
async function parsed(args: readonly string[]): Promise<void> {
  const program = bareProgram();
  addCheckListener(program);
  await program.parseAsync(["check-listener", ...args], { from: "user" });
}

test("the cases are listed, with what they expect", async () => {
  const listed = await run("--list", "--call", "c2bSingle", "--call", "b2c");
  assert.match(listed.stdout, /duplicate\/booked-once +money +The payment is booked once/);
  assert.match(listed.stdout, /success-b2c\/booked/);
  const cases = JSON.parse((await run("--list", "--json")).stdout) as { name: string }[];
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});

test("the shop of docs/check-listener.md is found out as the page says", async () => {
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
  const shop = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = (await once(shop.stdout, "data")) as [Buffer];
    const url = `http://127.0.0.1:${port.toString().trim()}`;
    const ran = await run(
      `${url}/callback`,
      "--begin-url",
      `${url}/test/payments`,
      "--state-url",
      `${url}/test/payments/{reference}`,
      "--only",
      "success,refusals,duplicate,duplicate-at-once,another-payment",
      "--json",
    );
    const wrong = Object.entries(verdicts(ran)).filter(([, verdict]) => verdict !== "passed");
    assert.deepEqual(wrong, [["duplicate-at-once/booked-once", "failed"]]);
    for (const name of Object.keys(verdicts(ran))) assert(page.includes(`${name} `), name);
  } finally {
    shop.kill();
    await once(shop, "exit");
  }
});
