/** `pesarail deliveries`: what an operator sees of callbacks, and has sent again, beside a running server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openListener, type Listener } from "../town/listener.ts";
import { callServer, Installation, openSession, type Sandbox } from "../town/installation.ts";
import { reference } from "../town/town.ts";

const home = new Installation();
let sandbox: Sandbox;
let listener: Listener;
let session: string;
before(async () => {
  [sandbox, listener] = await Promise.all([home.start(), openListener()]);
  session = await openSession(sandbox);
});
after(async () => {
  await home[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

const here = ["--market", "vodacomTZN", "--environment", "sandbox"];

/** Runs a command and reads the JSON that it answers. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the command answers
async function deliveries(...args: string[]): Promise<any> {
  const ran = await home.command("deliveries", ...args, ...here, "--json");
  assert.equal(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

async function collect(): Promise<string> {
  const { status, body } = await callServer(sandbox, "POST", "c2bPayment/singleStage/", {
    key: session,
    fields: {
      input_Amount: "10",
      input_CustomerMSISDN: sandbox.openapi.markets.vodacomTZN.customers[0] ?? "",
      input_Country: "TZN",
      input_Currency: "TZS",
      input_ServiceProviderCode: "000000",
      input_TransactionReference: "T12344C",
      input_ThirdPartyConversationID: reference(),
      input_PurchasedItemsDesc: "Shoes",
      input_ResponseURL: listener.url,
    },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body["output_ConversationID"] ?? "";
}

test("a message is listed, shown with its attempts, and sent again by the server that runs", async () => {
  const name = await collect();
  const [heard] = await listener.untilHeard(1);
  const [listed] = await deliveries("list");
  assert.equal(listed.conversationId, name);
  const shown = await deliveries("show", listed.transactionId);
  assert.equal(shown.state, "told");
  assert.deepEqual(shown.body, heard?.body);
  assert.equal(shown.attempts.length, 1);
  const forPeople = await home.command("deliveries", "show", name, ...here);
  assert.match(forPeople.stdout, /attempt 1 .* acknowledged \(200\)/);

  assert.deepEqual(await deliveries("resend", name), { resent: 1 });
  const [first, second] = await listener.untilHeard(2);
  assert.equal(second?.headers["webhook-id"], first?.headers["webhook-id"]);
});

test("a window is sent again whole, or only what is parked in it", async () => {
  const window = ["--from", "2026-01-01T00:00:00Z", "--to", "2126-01-01T00:00:00Z"];
  assert.deepEqual(await deliveries("resend", ...window, "--parked"), { resent: 0, next: null });
  const { resent } = await deliveries("resend", ...window);
  assert.equal(resent, 1);
  await listener.untilHeard(3);
});

test("what was sent again by hand stands in the audit", async () => {
  const ran = await home.command("admin", "audit", "--json");
  const rows = JSON.parse(ran.stdout) as { what: string; details: { market: string; messages?: number } }[];
  const resends = rows.filter(({ what }) => what === "deliveries resend");
  assert.deepEqual(
    resends.map(({ details }) => details.messages ?? null),
    [1, null],
  );
  assert(resends.every(({ details }) => details.market === "vodacomTZN"));
});

test("what cannot be is refused in one line", async () => {
  const table: [string[], number, RegExp][] = [
    [["show", "nonsense"], 2, /nonsense is no TransactionID/],
    [["show", "hv9ahxcg4ccv"], 1, /Nobody is told about hv9ahxcg4ccv in vodacomTZN \(sandbox\)/],
    [["resend", "hv9ahxcg4ccv"], 1, /Nobody is told/],
    [["resend"], 2, /--from and --to/],
    [["resend", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"], 2, /later than it/],
    [["resend", "--from", "yesterday"], 2, /a moment with its zone/],
    [["list", "--state", "lost"], 2, /one of open, parked, told/],
  ];
  for (const [args, code, says] of table) {
    const ran = await home.command("deliveries", ...args, ...here);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, says);
  }
});

test("a live application's response URL obeys the live rules, and its secret is replaced by hand", async () => {
  const live = ["--environment", "live"];
  await home.command(
    ..."admin organisation create --market vodacomTZN --shortcode 123456".split(" "),
    "--name",
    "Duka Jipya",
  );
  const create = (url: string) =>
    home.command(
      ..."admin application create --name Shop --shortcode 123456 --product c2bSingle --json".split(" "),
      "--response-url",
      url,
      ...live,
    );
  const table: [string, RegExp][] = [
    ["http://shop.example:12000/told", /is https/],
    ["https://shop.example/told", /from 11000 to 19000/],
    ["https://10.0.0.7:12000/told", /10\.0\.0\.7 is private/],
  ];
  for (const [url, says] of table) {
    const refused = await create(url);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, says);
  }
  const made = await create("https://shop.example:12000/told");
  assert.equal(made.code, 0, made.stderr);
  const { id } = JSON.parse(made.stdout) as { id: string };
  const rotate = async (...args: string[]) => {
    const ran = await home.command("admin", "application", "rotate-callback-secret", id, "--json", ...args);
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout) as { secret: string; retiring: unknown[] };
  };
  const first = await rotate();
  const second = await rotate("--overlap", "0s");
  assert.match(first.secret, /^whsec_/);
  assert.notEqual(second.secret, first.secret);
  assert.deepEqual(second.retiring, []);
  const wrong = await home.command("admin", "application", "rotate-callback-secret", id, "--overlap", "8d");
  assert.equal(wrong.code, 2);
});
