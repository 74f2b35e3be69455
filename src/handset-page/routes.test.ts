/** The handset's pages without a browser: who gets in, what the answers carry, and the live pictures. */
import assert from "node:assert/strict";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import { rail } from "../money.ts";
import { registerCustomers } from "../payments/registry.ts";
import { handset, phonesOf } from "../../test/town/handsets.ts";
import { openTown, type Town } from "../../test/town/town.ts";
import type { Picture } from "./events.ts";

let town: Town;
let path: string;
let msisdn: string;

before(async () => {
  town = await openTown();
  ({ msisdn } = handset(town));
  path = `/handset/vodacomTZN/${msisdn}`;
});
after(() => town[Symbol.asyncDispose]());

interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function open(
  on: Town,
  where: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(on.url + where, { method, headers, agent: false }, resolve);
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function ask(on: Town, where: string, sent: Sent = {}): Promise<Heard> {
  const json = sent.body === undefined ? {} : { "content-type": "application/json" };
  const response = await open(on, where, { ...sent, headers: { ...json, ...sent.headers } });
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece as string;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const post = (on: Town, where: string, body: unknown, headers: Record<string, string> = {}): Promise<Heard> =>
  ask(on, where, { method: "POST", body, headers });

/** Pictures as they arrive. */
async function* pictures(response: IncomingMessage): AsyncGenerator<Picture> {
  let buffer = "";
  for await (const piece of response.setEncoding("utf8")) {
    buffer += piece as string;
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end === -1) break;
      const [event = "", data = ""] = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      if (event === "event: state") yield JSON.parse(data.slice("data: ".length)) as Picture;
    }
  }
}

const patienceMs = 10_000;

async function nextPicture(stream: AsyncGenerator<Picture>): Promise<Picture> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no picture came")), patienceMs);
  const { value } = (await Promise.race([stream.next(), late])) as { value: Picture };
  clearTimeout(timer);
  return value;
}

test("pages of other servers can neither read a phone nor press its buttons", async () => {
  const tell = { answer: "decline" };
  const strangers: readonly (readonly [number, Record<string, string>])[] = [
    [421, { host: "evil.example" }],
    [421, { host: "127.0.0.1.evil.example:8080" }],
    [403, { origin: "http://evil.example" }],
    [403, { origin: "null" }],
    [403, { origin: "http://127.0.0.1:1" }],
    [403, { "sec-fetch-site": "cross-site" }],
    [403, { "sec-fetch-site": "same-site" }],
  ];
  for (const [status, headers] of strangers) {
    for (const button of [`${path}/tell`, `${path}/answer`, `${path}/ussd`, "/handset/register"]) {
      assert.equal((await post(town, button, tell, headers)).status, status, JSON.stringify(headers));
    }
    assert.equal((await ask(town, `${path}/events`, { headers })).status, status, JSON.stringify(headers));
  }
  const asForm = await ask(town, `${path}/tell`, {
    method: "POST",
    body: tell,
    headers: { "content-type": "text/plain" },
  });
  assert.equal(asForm.status, 415);
  assert.equal((await phonesOf(town).state(msisdn))?.answer, "ask");

  const own = { origin: town.url, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };
  assert.equal((await post(town, `${path}/tell`, { answer: "slow" }, own)).status, 200);
  assert.equal((await post(town, `${path}/tell`, { answer: "ask" })).status, 200, "a program is no page");
  const visit = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assert.equal((await ask(town, path, { headers: visit })).status, 200, "a link may lead here");
});

test("everything is of this server alone, is not kept, and may be framed by it alone", async () => {
  const scripts = ["phone.js", "prompt.js", "list.js", "phone.css", "icon.svg"];
  for (const where of ["/handset", path, ...scripts.map((name) => `/handset/assets/${name}`)]) {
    const { status, headers, text } = await ask(town, where);
    assert.equal(status, 200, where);
    const policy = String(headers["content-security-policy"]);
    for (const line of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'self'",
    ]) {
      assert(policy.includes(line), `${where}: ${policy}`);
    }
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers["x-frame-options"], "SAMEORIGIN");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|document\.write|\seval\(/, where);
    if (!where.endsWith(".svg")) assert.doesNotMatch(text, /https?:\/\//, where);
    assert.doesNotMatch(text, /<[^>]+\s(?:on\w+|style)=/, where);
  }
});

test("markets go by any case, and what is no number or market is answered in words", async () => {
  assert.equal((await ask(town, `/handset/VODACOMtzn/${msisdn}`)).status, 200);
  const html = { accept: "text/html" };
  for (const wrong of [
    "/handset/nowhere/255750000001",
    "/handset/vodacomTZN/1",
    "/handset/vodacomTZN/%3Cb%3E",
  ]) {
    const { status, text } = await ask(town, wrong, { headers: html });
    assert.equal(status, 404);
    assert(text.includes("This does not work") && !text.includes("<b>"), text);
  }
  const nobody = await ask(town, "/handset/vodacomTZN/255759999998", { headers: html });
  assert.equal(nobody.status, 404);
  assert(nobody.text.includes("Register the number"));
  assert.equal((await post(town, "/handset/vodacomTZN/255759999998/tell", { answer: "ask" })).status, 404);
});

test("a new number has the market's shape, a PIN, money, and nobody before it", async () => {
  const newcomer = {
    market: "vodacomLES",
    msisdn: "26655555555",
    pin: "2468",
    firstName: "Lineo",
    lastName: "Moeti",
  };
  for (const [change, says] of [
    [{ market: "nowhere" }, 404],
    [{ msisdn: "255750000999" }, 400],
    [{ pin: "12" }, 400],
    [{ firstName: "" }, 400],
    [{ firstName: "Li\u0000neo" }, 400],
  ] as const) {
    assert.equal((await post(town, "/handset/register", { ...newcomer, ...change })).status, says);
  }
  const made = await post(town, "/handset/register", newcomer);
  assert.deepEqual([made.status, JSON.parse(made.text)], [201, { path: "/handset/vodacomLES/26655555555" }]);
  const phones = town.platform.phones(rail("sandbox", "vodacomLES"));
  assert.deepEqual(await phones.balance("26655555555", "2468"), {
    outcome: "accepted",
    available: "10000.00",
    held: "0.00",
  });
  assert.equal((await post(town, "/handset/register", newcomer)).status, 409);
});

test("a customer who gets a handset here answers as before, and nobody's PIN is changed", async () => {
  const registers = (number: string, pin: string) =>
    post(town, "/handset/register", {
      market: "vodacomTZN",
      msisdn: number,
      pin,
      firstName: "Some",
      lastName: "Body",
    });
  const resident = town.facts.markets.vodacomTZN.customers[0] ?? "";
  const name = await town.sql()<{ first: string }[]>`
    select first_name as first from customers where msisdn = ${resident}`;
  const both = await Promise.all(["1111", "2222"].map((pin) => registers(resident, pin)));
  assert.deepEqual(new Set(both.map(({ status }) => status)), new Set([201, 409]), "the first has it");
  const state = await phonesOf(town).state(resident);
  assert.deepEqual([state?.answer, state?.firstName], ["approve", name[0]?.first]);
  const [first, second] = both[0]?.status === 201 ? ["1111", "2222"] : ["2222", "1111"];
  assert.equal((await phonesOf(town).checkPin(resident, second ?? "")).outcome, "wrong_pin");
  assert.equal((await phonesOf(town).checkPin(resident, first ?? "")).outcome, "accepted");

  const { pin } = handset(town);
  assert.equal((await registers(msisdn, "9876")).status, 409);
  assert.equal((await phonesOf(town).checkPin(msisdn, pin)).outcome, "accepted");
  const form = (await ask(town, "/handset")).text.replaceAll(/\s+/g, " ");
  assert(form.includes("keeps their name, their money and how they answer"));
});

test("a picture comes at once, after each change, and when the clock is moved or stands still", async () => {
  const response = await open(town, `${path}/events`);
  assert.equal(response.headers["content-type"], "text/event-stream; charset=utf-8");
  const stream = pictures(response);
  const first = await nextPicture(stream);
  assert.deepEqual([first.msisdn, first.signal, first.frozen], [msisdn, "on", false]);

  await phonesOf(town).tell(msisdn, { answer: "no_signal" });
  assert.equal((await nextPicture(stream)).signal, "none");
  await phonesOf(town).tell(msisdn, { answer: "ask" });
  assert.equal((await nextPicture(stream)).signal, "on");

  town.clock.advance(90_000);
  assert((await nextPicture(stream)).now - first.now > 89_000);
  response.destroy();
});

test("a server that stops hangs up on its watchers", async () => {
  const other = await openTown();
  const stream = pictures(await open(other, `/handset/vodacomTZN/${handset(other).msisdn}/events`));
  await nextPicture(stream);
  const stopping = performance.now();
  await other[Symbol.asyncDispose]();
  assert.equal((await stream.next()).done, true);
  assert(performance.now() - stopping < 30_000, "it waited for them");
});

test("a session of the menu belongs to one phone, and one input is answered once", async () => {
  const [one, two] = [handset(town, 0).msisdn, handset(town, 1).msisdn];
  const dialled = await post(town, `/handset/vodacomTZN/${one}/ussd`, { input: "*150*00#" });
  const { session } = JSON.parse(dialled.text) as { session: string };
  const foreign = await post(town, `/handset/vodacomTZN/${two}/ussd`, { session, input: "1" });
  assert.match(foreign.text, /timed out/);
  const [first, second] = await Promise.all(
    [1, 2].map(() => post(town, `/handset/vodacomTZN/${one}/ussd`, { session, input: "1" })),
  );
  const texts = [first?.text ?? "", second?.text ?? ""].sort();
  assert.match(texts[0] ?? "", /timed out/);
  assert.match(texts[1] ?? "", /Enter your PIN/);

  await phonesOf(town).tell(one, { answer: "no_signal" });
  const unreachable = await post(town, `/handset/vodacomTZN/${one}/ussd`, { input: "*150*00#" });
  assert.match(unreachable.text, /Connection problem/);
  await phonesOf(town).tell(one, { answer: "ask" });
});

test("there are no pages of live handsets unless a setting says so", async () => {
  assert.equal((await ask(town, `/handset/live/vodacomTZN/${msisdn}`)).status, 404);
});

test("a live handset shows nothing before it is enrolled, and is enrolled once", async () => {
  await using live = await openTown({ handsets: { liveHandsets: "built-in" } });
  const on = rail("live", "vodacomTZN");
  const { secret, number } = await liveCustomer(live);
  const at = `/handset/live/vodacomTZN/${number}`;
  const nobodys = "/handset/live/vodacomTZN/255750000098";

  const [theirs, nobody] = [await ask(live, at), await ask(live, nobodys)];
  assert.equal(theirs.status, nobody.status);
  assert.equal(
    theirs.text.replaceAll(/\d/g, ""),
    nobody.text.replaceAll(/\d/g, ""),
    "only the number differs",
  );
  assert(!theirs.text.includes("Salma"));
  for (const where of [at, nobodys]) {
    const answers = [
      await ask(live, `${where}/events`),
      await post(live, `${where}/answer`, { paymentId: "x", says: "decline" }),
      await post(live, `${where}/ussd`, { input: "*150*00#" }),
      await post(live, `${where}/enrol`, { secret: "AAAA-BBBB-CCCC-DDDD" }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 401, 401, 401],
    );
  }

  const enrolled = await post(live, `${at}/enrol`, { secret });
  assert.equal(enrolled.status, 200);
  const [cookie = ""] = enrolled.headers["set-cookie"] ?? [];
  assert.match(
    cookie,
    /^handset_vodacomTZN_\d+=[\w-]{43}; Path=\/handset\/live; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  assert.equal((await post(live, `${at}/enrol`, { secret })).status, 401, "it works once");

  const headers = { cookie: cookie.split(";")[0] ?? "" };
  const page = await ask(live, at, { headers });
  assert(
    page.text.includes('id="prompt"') &&
      !page.text.includes('id="network"') &&
      !page.text.includes("All handsets"),
  );
  const stream = await open(live, `${at}/events`, { headers });
  const pictured = pictures(stream);
  assert.equal((await nextPicture(pictured)).firstName, "Salma");
  assert.equal((await post(live, `${at}/tell`, { answer: "approve" }, headers)).status, 404);
  assert.equal((await ask(live, `${nobodys}/events`, { headers })).status, 401);

  await live.platform.phones(on).newEnrolment(number);
  assert.equal((await pictured.next()).done, true, "the page that is open is told, and hung up on");
  assert.equal(
    (await ask(live, `${at}/events`, { headers })).status,
    401,
    "a new secret ends the old enrolment",
  );
  stream.destroy();
});

/** Somebody with a wallet in live, and the secret of their handset. */
async function liveCustomer(live: Town): Promise<{ number: string; secret: string }> {
  const on = rail("live", "vodacomTZN");
  const number = "255750000099";
  await registerCustomers(live.platform.payments(on).context, [
    { msisdn: number, firstName: "Salma", lastName: "Mushi", answer: "ask" },
  ]);
  await live.platform.phones(on).open({ msisdn: number, pin: "1234" });
  const secret = await live.platform.phones(on).newEnrolment(number);
  assert(secret !== null);
  return { number, secret };
}

test("in live, tries at a secret are few", async () => {
  await using live = await openTown({ handsets: { liveHandsets: "built-in" } });
  const { number, secret } = await liveCustomer(live);
  const at = `/handset/live/vodacomTZN/${number}`;
  for (let tries = 0; tries < 10; tries += 1) {
    assert.equal((await post(live, `${at}/enrol`, { secret: "AAAA-BBBB-CCCC-DDDD" })).status, 401);
  }
  assert.equal((await post(live, `${at}/enrol`, { secret })).status, 429, "the right one too");
});

test("a live handset is used over HTTPS alone, or on the server's own machine", async () => {
  await using behind = await openTown({
    handsets: { liveHandsets: "built-in" },
    trustedProxies: ["10.0.0.1"],
  });
  const { number, secret } = await liveCustomer(behind);
  const at = `/handset/live/vodacomTZN/${number}`;
  const { host } = new URL(behind.url);
  const https = { "x-forwarded-proto": "https", "x-forwarded-host": host };
  const enrol = async (remoteAddress: string, headers: Record<string, string>): Promise<number> => {
    const sent = { remoteAddress, headers: { host, ...headers } };
    return (
      await behind.platform.app.inject({ method: "POST", url: `${at}/enrol`, payload: { secret }, ...sent })
    ).statusCode;
  };
  for (const [from, headers] of [
    ["192.0.2.7", {}],
    ["192.0.2.7", https],
    ["10.0.0.1", { ...https, "x-forwarded-proto": "http", "x-forwarded-for": "192.0.2.7" }],
    ["127.0.0.1", { "x-forwarded-for": "192.0.2.7" }],
    ["127.0.0.1", https],
  ] as const) {
    assert.equal(await enrol(from, headers), 403, `${from} ${JSON.stringify(headers)}`);
  }
  assert.equal(await enrol("10.0.0.1", { ...https, "x-forwarded-for": "192.0.2.7" }), 200);

  const another = await behind.platform.phones(rail("live", "vodacomTZN")).newEnrolment(number);
  const enrolled = await post(behind, `${at}/enrol`, { secret: another });
  assert.equal(enrolled.status, 200, "by HTTP on the machine itself");
  const cookie = (enrolled.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const shown = { url: `${at}/ussd`, method: "POST", payload: { input: "*150*00#" } } as const;
  const byCookie = async (remoteAddress: string): Promise<number> =>
    (await behind.platform.app.inject({ ...shown, remoteAddress, headers: { host, cookie } })).statusCode;
  assert.deepEqual([await byCookie("127.0.0.1"), await byCookie("192.0.2.7")], [200, 403]);
  const page = await behind.platform.app.inject({
    url: at,
    remoteAddress: "192.0.2.7",
    headers: { host, accept: "text/html" },
  });
  assert.equal(page.statusCode, 403);
  assert.match(page.body, /over HTTPS/);
});

test("watchers of the sandbox do not shut out a live customer", async () => {
  await using live = await openTown({ handsets: { liveHandsets: "built-in" } });
  const { number, secret } = await liveCustomer(live);
  const at = `/handset/live/vodacomTZN/${number}`;
  const sandbox = `/handset/vodacomTZN/${handset(live).msisdn}/events`;
  const watching = await Promise.all(Array.from({ length: 30 }, () => open(live, sandbox)));
  assert.equal((await ask(live, sandbox)).status, 429);
  const enrolled = await post(live, `${at}/enrol`, { secret });
  const cookie = (enrolled.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const stream = await open(live, `${at}/events`, { headers: { cookie } });
  assert.equal((await nextPicture(pictures(stream))).firstName, "Salma");
  for (const each of [stream, ...watching]) each.destroy();
});

test("over HTTPS the cookie is for HTTPS alone", async () => {
  await using live = await openTown({
    handsets: { liveHandsets: "built-in" },
    trustedProxies: ["127.0.0.1"],
  });
  const { number, secret } = await liveCustomer(live);
  const { host } = new URL(live.url);
  const proxied = { "x-forwarded-proto": "https", "x-forwarded-host": host, origin: `https://${host}` };
  const enrolled = await post(live, `/handset/live/vodacomTZN/${number}/enrol`, { secret }, proxied);
  assert.equal(enrolled.status, 200);
  assert.match(String(enrolled.headers["set-cookie"]), /; Secure$/);
});
