/** `pesarail deliveries`: an operator lists, inspects and resends callbacks, with a running server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestListener, type Listener } from "../support/listener.ts";
import { callServer, Installation, createSession, type SandboxJson } from "../support/installation.ts";
import { createReference } from "../support/sandbox.ts";

const installation = new Installation();
let sandbox: SandboxJson;
let listener: Listener;
let session: string;
before(async () => {
  [sandbox, listener] = await Promise.all([installation.start(), createTestListener()]);
  session = await createSession(sandbox);
});
after(async () => {
  await installation[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

const railOptions = ["--market", "vodacomTZN", "--environment", "sandbox"];

/** Runs a command and parses its JSON output. */
// oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the command
async function runDeliveries(...args: string[]): Promise<any> {
  const result = await installation.runCommand("deliveries", ...args, ...railOptions, "--json");
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout);
}

async function collectPayment(): Promise<string> {
  const { status, body } = await callServer(sandbox, "POST", "c2bPayment/singleStage/", {
    key: session,
    fields: {
      input_Amount: "10",
      input_CustomerMSISDN: sandbox.openapi.markets.vodacomTZN.customers[0] ?? "",
      input_Country: "TZN",
      input_Currency: "TZS",
      input_ServiceProviderCode: "000000",
      input_TransactionReference: "T12344C",
      input_ThirdPartyConversationID: createReference(),
      input_PurchasedItemsDesc: "Shoes",
      input_ResponseURL: listener.url,
    },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body["output_ConversationID"] ?? "";
}

test("a callback is listed, shown with its attempts, and resent by the running server", async () => {
  const conversationId = await collectPayment();
  const [received] = await listener.waitForCallbacks(1);
  const [listed] = await runDeliveries("list");
  assert.equal(listed.conversationId, conversationId);
  const detail = await runDeliveries("show", listed.transactionId);
  assert.equal(detail.state, "delivered");
  assert.deepEqual(detail.body, received?.body);
  assert.equal(detail.attempts.length, 1);
  const text = await installation.runCommand("deliveries", "show", conversationId, ...railOptions);
  assert.match(text.stdout, /attempt 1 .* acknowledged \(200\)/);

  assert.deepEqual(await runDeliveries("resend", conversationId), { resent: 1 });
  const [first, second] = await listener.waitForCallbacks(2);
  assert.equal(second?.headers["webhook-id"], first?.headers["webhook-id"]);
});

test("a time range is resent completely, or only its dead-lettered callbacks", async () => {
  const window = ["--from", "2026-01-01T00:00:00Z", "--to", "2126-01-01T00:00:00Z"];
  assert.deepEqual(await runDeliveries("resend", ...window, "--parked"), { resent: 0, next: null });
  const { resent } = await runDeliveries("resend", ...window);
  assert.equal(resent, 1);
  await listener.waitForCallbacks(3);
});

test("resends by hand are in the audit log", async () => {
  const result = await installation.runCommand("admin", "audit", "--json");
  const rows = JSON.parse(result.stdout) as {
    what: string;
    details: { market: string; messages?: number };
  }[];
  const resends = rows.filter(({ what }) => what === "deliveries resend");
  assert.deepEqual(
    resends.map(({ details }) => details.messages ?? null),
    [1, null],
  );
  assert(resends.every(({ details }) => details.market === "vodacomTZN"));
});

test("invalid input is refused in one line", async () => {
  const table: [string[], number, RegExp][] = [
    [["show", "nonsense"], 2, /nonsense is neither a TransactionID/],
    [["show", "hv9ahxcg4ccv"], 1, /There is no callback for hv9ahxcg4ccv in vodacomTZN \(sandbox\)/],
    [["resend", "hv9ahxcg4ccv"], 1, /There is no callback/],
    [["resend"], 2, /--from and a later --to/],
    [["resend", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"], 2, /a later --to/],
    [["resend", "--from", "yesterday"], 2, /a timestamp with a zone/],
    [["list", "--state", "lost"], 2, /one of open, dead_lettered, delivered/],
  ];
  for (const [args, code, expected] of table) {
    const result = await installation.runCommand("deliveries", ...args, ...railOptions);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, expected);
  }
});

test("a live application's response URL must follow the live rules, and its secret is rotated by hand", async () => {
  const live = ["--environment", "live"];
  await installation.runCommand(
    ..."admin organisation create --market vodacomTZN --shortcode 123456".split(" "),
    "--name",
    "Duka Jipya",
  );
  const create = (url: string) =>
    installation.runCommand(
      ..."admin application create --name Shop --shortcode 123456 --product c2bSingle --json".split(" "),
      "--response-url",
      url,
      ...live,
    );
  const table: [string, RegExp][] = [
    ["http://shop.example:12000/callback", /must use https/],
    ["https://shop.example/callback", /from 11000 to 19000/],
    ["https://10.0.0.7:12000/callback", /10\.0\.0\.7 is private/],
  ];
  for (const [url, expected] of table) {
    const refused = await create(url);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, expected);
  }
  const made = await create("https://shop.example:12000/callback");
  assert.equal(made.code, 0, made.stderr);
  const { id } = JSON.parse(made.stdout) as { id: string };
  const rotate = async (...args: string[]) => {
    const result = await installation.runCommand(
      "admin",
      "application",
      "rotate-callback-secret",
      id,
      "--json",
      ...args,
    );
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout) as { secret: string; retiring: unknown[] };
  };
  const first = await rotate();
  const second = await rotate("--overlap", "0s");
  assert.match(first.secret, /^whsec_/);
  assert.notEqual(second.secret, first.secret);
  assert.deepEqual(second.retiring, []);
  const wrong = await installation.runCommand(
    "admin",
    "application",
    "rotate-callback-secret",
    id,
    "--overlap",
    "8d",
  );
  assert.equal(wrong.code, 2);
});
