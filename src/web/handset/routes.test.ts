/** The handset pages without a browser: access control, headers, and event streams. */
import assert from "node:assert/strict";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import { railFor } from "../../core/rails.ts";
import { registerCustomers } from "../../payments/register.ts";
import { getSeedHandset, getHandsets } from "../../../test/support/handsets.ts";
import { createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";
import type { HandsetSnapshot } from "./events.ts";

let sandbox: TestSandbox;
let path: string;
let msisdn: string;

before(async () => {
  sandbox = await createTestSandbox();
  ({ msisdn } = getSeedHandset(sandbox));
  path = `/handset/vodacomTZN/${msisdn}`;
});
after(() => sandbox[Symbol.asyncDispose]());

interface TestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function startRequest(
  server: TestSandbox,
  url: string,
  { method = "GET", headers = {}, body }: RequestOptions = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + url, { method, headers, agent: false }, resolve);
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function sendRequest(
  server: TestSandbox,
  url: string,
  options: RequestOptions = {},
): Promise<TestResponse> {
  const json = options.body === undefined ? {} : { "content-type": "application/json" };
  const response = await startRequest(server, url, { ...options, headers: { ...json, ...options.headers } });
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk as string;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const post = (
  server: TestSandbox,
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<TestResponse> => sendRequest(server, url, { method: "POST", body, headers });

async function* readSnapshots(response: IncomingMessage): AsyncGenerator<HandsetSnapshot> {
  let buffer = "";
  for await (const chunk of response.setEncoding("utf8")) {
    buffer += chunk as string;
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end === -1) break;
      const [event = "", data = ""] = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      if (event === "event: state") yield JSON.parse(data.slice("data: ".length)) as HandsetSnapshot;
    }
  }
}

const snapshotTimeoutMs = 10_000;

async function nextSnapshot(stream: AsyncGenerator<HandsetSnapshot>): Promise<HandsetSnapshot> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no snapshot arrived")), snapshotTimeoutMs);
  const { value } = (await Promise.race([stream.next(), late])) as { value: HandsetSnapshot };
  clearTimeout(timer);
  return value;
}

test("pages of other servers can neither read a handset nor send actions", async () => {
  const behaviourBody = { answer: "decline" };
  const crossSiteRequests: readonly (readonly [number, Record<string, string>])[] = [
    [421, { host: "evil.example" }],
    [421, { host: "127.0.0.1.evil.example:8080" }],
    [403, { origin: "http://evil.example" }],
    [403, { origin: "null" }],
    [403, { origin: "http://127.0.0.1:1" }],
    [403, { "sec-fetch-site": "cross-site" }],
    [403, { "sec-fetch-site": "same-site" }],
  ];
  for (const [status, headers] of crossSiteRequests) {
    for (const button of [`${path}/tell`, `${path}/answer`, `${path}/ussd`, "/handset/register"]) {
      assert.equal(
        (await post(sandbox, button, behaviourBody, headers)).status,
        status,
        JSON.stringify(headers),
      );
    }
    assert.equal(
      (await sendRequest(sandbox, `${path}/events`, { headers })).status,
      status,
      JSON.stringify(headers),
    );
  }
  const asForm = await sendRequest(sandbox, `${path}/tell`, {
    method: "POST",
    body: behaviourBody,
    headers: { "content-type": "text/plain" },
  });
  assert.equal(asForm.status, 415);
  assert.equal((await getHandsets(sandbox).getState(msisdn))?.answer, "ask");

  const own = { origin: sandbox.url, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };
  assert.equal((await post(sandbox, `${path}/tell`, { answer: "slow" }, own)).status, 200);
  assert.equal(
    (await post(sandbox, `${path}/tell`, { answer: "ask" })).status,
    200,
    "a program sends no Origin header",
  );
  const visit = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assert.equal(
    (await sendRequest(sandbox, path, { headers: visit })).status,
    200,
    "a link from another site is allowed",
  );
});

test("pages load only from this server, are not cached, and can be framed only by this server", async () => {
  const scripts = ["en/phone.js", "en/prompt.js", "en/list.js", "en/words.js", "phone.css", "icon.svg"];
  for (const url of ["/handset", path, ...scripts.map((name) => `/handset/assets/${name}`)]) {
    const { status, headers, text } = await sendRequest(sandbox, url);
    assert.equal(status, 200, url);
    const policy = String(headers["content-security-policy"]);
    for (const line of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'self'",
    ]) {
      assert(policy.includes(line), `${url}: ${policy}`);
    }
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers["x-frame-options"], "SAMEORIGIN");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|document\.write|\seval\(/, url);
    if (!url.endsWith(".svg")) assert.doesNotMatch(text, /https?:\/\//, url);
    assert.doesNotMatch(text, /<[^>]+\s(?:on\w+|style)=/, url);
  }
});

test("market names ignore case, and an invalid number or market gets an error page", async () => {
  assert.equal((await sendRequest(sandbox, `/handset/VODACOMtzn/${msisdn}`)).status, 200);
  const html = { accept: "text/html" };
  for (const wrong of [
    "/handset/nowhere/255750000001",
    "/handset/vodacomTZN/1",
    "/handset/vodacomTZN/%3Cb%3E",
  ]) {
    const { status, text } = await sendRequest(sandbox, wrong, { headers: html });
    assert.equal(status, 404);
    assert(text.includes("Something went wrong") && !text.includes("<b>"), text);
  }
  const unknown = await sendRequest(sandbox, "/handset/vodacomTZN/255759999998", { headers: html });
  assert.equal(unknown.status, 404);
  assert(unknown.text.includes("Register the number"));
  assert.equal((await post(sandbox, "/handset/vodacomTZN/255759999998/tell", { answer: "ask" })).status, 404);
});

test("a new number needs the market's format and a PIN, gets money, and must not have a handset", async () => {
  const customer = {
    market: "vodacomLES",
    msisdn: "26655555555",
    pin: "2468",
    firstName: "Lineo",
    lastName: "Moeti",
  };
  for (const [change, expectedStatus] of [
    [{ market: "nowhere" }, 404],
    [{ msisdn: "255750000999" }, 400],
    [{ pin: "12" }, 400],
    [{ firstName: "" }, 400],
    [{ firstName: "Li\u0000neo" }, 400],
  ] as const) {
    assert.equal(
      (await post(sandbox, "/handset/register", { ...customer, ...change })).status,
      expectedStatus,
    );
  }
  const created = await post(sandbox, "/handset/register", customer);
  assert.deepEqual(
    [created.status, JSON.parse(created.text)],
    [201, { path: "/handset/vodacomLES/26655555555" }],
  );
  const phones = sandbox.platform.handsets(railFor("sandbox", "vodacomLES"));
  assert.deepEqual(await phones.getBalance("26655555555", "2468"), {
    outcome: "accepted",
    available: "10000.00",
    held: "0.00",
  });
  assert.equal((await post(sandbox, "/handset/register", customer)).status, 409);
});

test("a customer who gets a handset keeps behaviour and name, and an existing PIN is not changed", async () => {
  const registerNumber = (number: string, pin: string) =>
    post(sandbox, "/handset/register", {
      market: "vodacomTZN",
      msisdn: number,
      pin,
      firstName: "Some",
      lastName: "Body",
    });
  const seedCustomer = sandbox.clientInfo.markets.vodacomTZN.customers[0] ?? "";
  const name = await sandbox.sql()<{ first: string }[]>`
    select first_name as first from customers where msisdn = ${seedCustomer}`;
  const results = await Promise.all(["1111", "2222"].map((pin) => registerNumber(seedCustomer, pin)));
  assert.deepEqual(
    new Set(results.map(({ status }) => status)),
    new Set([201, 409]),
    "only the first registration creates the handset",
  );
  const state = await getHandsets(sandbox).getState(seedCustomer);
  assert.deepEqual([state?.answer, state?.firstName], ["approve", name[0]?.first]);
  const [first, second] = results[0]?.status === 201 ? ["1111", "2222"] : ["2222", "1111"];
  assert.equal((await getHandsets(sandbox).checkPin(seedCustomer, second ?? "")).outcome, "wrong_pin");
  assert.equal((await getHandsets(sandbox).checkPin(seedCustomer, first ?? "")).outcome, "accepted");

  const { pin } = getSeedHandset(sandbox);
  assert.equal((await registerNumber(msisdn, "9876")).status, 409);
  assert.equal((await getHandsets(sandbox).checkPin(msisdn, pin)).outcome, "accepted");
  const form = (await sendRequest(sandbox, "/handset")).text.replaceAll(/\s+/g, " ");
  assert(form.includes("keeps name, balance and behaviour"));
});

test("a snapshot arrives at once, after each change, and when the clock is advanced or stopped", async () => {
  const response = await startRequest(sandbox, `${path}/events`);
  assert.equal(response.headers["content-type"], "text/event-stream; charset=utf-8");
  const stream = readSnapshots(response);
  const first = await nextSnapshot(stream);
  assert.deepEqual([first.msisdn, first.signal, first.frozen], [msisdn, "on", false]);

  await getHandsets(sandbox).setBehaviour(msisdn, { behaviour: "no_signal" });
  assert.equal((await nextSnapshot(stream)).signal, "none");
  await getHandsets(sandbox).setBehaviour(msisdn, { behaviour: "ask" });
  assert.equal((await nextSnapshot(stream)).signal, "on");

  sandbox.clock.advance(90_000);
  assert((await nextSnapshot(stream)).now - first.now > 89_000);
  response.destroy();
});

test("a server that stops closes its event streams", async () => {
  const other = await createTestSandbox();
  const stream = readSnapshots(
    await startRequest(other, `/handset/vodacomTZN/${getSeedHandset(other).msisdn}/events`),
  );
  await nextSnapshot(stream);
  const stopping = performance.now();
  await other[Symbol.asyncDispose]();
  assert.equal((await stream.next()).done, true);
  assert(performance.now() - stopping < 30_000, "the server waited for its streams");
});

test("a USSD session belongs to one handset, and one input is handled once", async () => {
  const [one, two] = [getSeedHandset(sandbox, 0).msisdn, getSeedHandset(sandbox, 1).msisdn];
  const dialled = await post(sandbox, `/handset/vodacomTZN/${one}/ussd`, { input: "*150*00#" });
  const { session } = JSON.parse(dialled.text) as { session: string };
  const otherHandset = await post(sandbox, `/handset/vodacomTZN/${two}/ussd`, { session, input: "1" });
  assert.match(otherHandset.text, /timed out/);
  const [first, second] = await Promise.all(
    [1, 2].map(() => post(sandbox, `/handset/vodacomTZN/${one}/ussd`, { session, input: "1" })),
  );
  const texts = [first?.text ?? "", second?.text ?? ""].sort();
  assert.match(texts[0] ?? "", /timed out/);
  assert.match(texts[1] ?? "", /Enter your PIN/);

  await getHandsets(sandbox).setBehaviour(one, { behaviour: "no_signal" });
  const unreachable = await post(sandbox, `/handset/vodacomTZN/${one}/ussd`, { input: "*150*00#" });
  assert.match(unreachable.text, /Connection problem/);
  await getHandsets(sandbox).setBehaviour(one, { behaviour: "ask" });
});

test("live handset pages do not exist unless LIVE_HANDSETS enables them", async () => {
  assert.equal((await sendRequest(sandbox, `/handset/live/vodacomTZN/${msisdn}`)).status, 404);
});

test("a live handset shows nothing before enrolment, and the secret works once", async () => {
  await using liveServer = await createTestSandbox({ handsets: { liveHandsets: "built-in" } });
  const liveRail = railFor("live", "vodacomTZN");
  const { secret, number } = await liveCustomer(liveServer);
  const basePath = `/handset/live/vodacomTZN/${number}`;
  const unknownPath = "/handset/live/vodacomTZN/255750000098";

  const [known, unknown] = [
    await sendRequest(liveServer, basePath),
    await sendRequest(liveServer, unknownPath),
  ];
  assert.equal(known.status, unknown.status);
  assert.equal(
    known.text.replaceAll(/\d/g, ""),
    unknown.text.replaceAll(/\d/g, ""),
    "only the number differs",
  );
  assert(!known.text.includes("Salma"));
  for (const url of [basePath, unknownPath]) {
    const responses = [
      await sendRequest(liveServer, `${url}/events`),
      await post(liveServer, `${url}/answer`, { paymentId: "x", says: "decline" }),
      await post(liveServer, `${url}/ussd`, { input: "*150*00#" }),
      await post(liveServer, `${url}/enrol`, { secret: "AAAA-BBBB-CCCC-DDDD" }),
    ];
    assert.deepEqual(
      responses.map(({ status }) => status),
      [401, 401, 401, 401],
    );
  }

  const enrolled = await post(liveServer, `${basePath}/enrol`, { secret });
  assert.equal(enrolled.status, 200);
  const [cookie = ""] = enrolled.headers["set-cookie"] ?? [];
  assert.match(
    cookie,
    /^handset_vodacomTZN_\d+=[\w-]{43}; Path=\/handset\/live; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  assert.equal((await post(liveServer, `${basePath}/enrol`, { secret })).status, 401, "it works once");

  const headers = { cookie: cookie.split(";")[0] ?? "" };
  const page = await sendRequest(liveServer, basePath, { headers });
  assert(
    page.text.includes('id="prompt"') &&
      !page.text.includes('id="network"') &&
      !page.text.includes("All handsets"),
  );
  const stream = await startRequest(liveServer, `${basePath}/events`, { headers });
  const snapshots = readSnapshots(stream);
  assert.equal((await nextSnapshot(snapshots)).firstName, "Salma");
  assert.equal((await post(liveServer, `${basePath}/tell`, { answer: "approve" }, headers)).status, 404);
  assert.equal((await sendRequest(liveServer, `${unknownPath}/events`, { headers })).status, 401);

  await liveServer.platform.handsets(liveRail).createEnrolment(number);
  assert.equal((await snapshots.next()).done, true, "the open page gets the event gone and is disconnected");
  assert.equal(
    (await sendRequest(liveServer, `${basePath}/events`, { headers })).status,
    401,
    "a new secret revokes the old enrolment",
  );
  stream.destroy();
});

/** Registers a live customer with a handset, and creates its enrolment secret. */
async function liveCustomer(liveServer: TestSandbox): Promise<{ number: string; secret: string }> {
  const liveRail = railFor("live", "vodacomTZN");
  const number = "255750000099";
  await registerCustomers(liveServer.platform.payments(liveRail).context, [
    { msisdn: number, firstName: "Salma", lastName: "Mushi", behaviour: "ask" },
  ]);
  await liveServer.platform.handsets(liveRail).upsert({ msisdn: number, pin: "1234" });
  const secret = await liveServer.platform.handsets(liveRail).createEnrolment(number);
  assert(secret !== null);
  return { number, secret };
}

test("in live, attempts at a secret are limited", async () => {
  await using liveServer = await createTestSandbox({ handsets: { liveHandsets: "built-in" } });
  const { number, secret } = await liveCustomer(liveServer);
  const basePath = `/handset/live/vodacomTZN/${number}`;
  for (let tries = 0; tries < 10; tries += 1) {
    assert.equal(
      (await post(liveServer, `${basePath}/enrol`, { secret: "AAAA-BBBB-CCCC-DDDD" })).status,
      401,
    );
  }
  assert.equal((await post(liveServer, `${basePath}/enrol`, { secret })).status, 429, "the right secret too");
});

test("a live handset requires HTTPS, or the server's own machine", async () => {
  await using proxied = await createTestSandbox({
    handsets: { liveHandsets: "built-in" },
    trustedProxies: ["10.0.0.1"],
  });
  const { number, secret } = await liveCustomer(proxied);
  const basePath = `/handset/live/vodacomTZN/${number}`;
  const { host } = new URL(proxied.url);
  const https = { "x-forwarded-proto": "https", "x-forwarded-host": host };
  const postEnrol = async (remoteAddress: string, headers: Record<string, string>): Promise<number> => {
    const sent = { remoteAddress, headers: { host, ...headers } };
    return (
      await proxied.platform.server.inject({
        method: "POST",
        url: `${basePath}/enrol`,
        payload: { secret },
        ...sent,
      })
    ).statusCode;
  };
  for (const [from, headers] of [
    ["192.0.2.7", {}],
    ["192.0.2.7", https],
    ["10.0.0.1", { ...https, "x-forwarded-proto": "http", "x-forwarded-for": "192.0.2.7" }],
    ["127.0.0.1", { "x-forwarded-for": "192.0.2.7" }],
    ["127.0.0.1", https],
  ] as const) {
    assert.equal(await postEnrol(from, headers), 403, `${from} ${JSON.stringify(headers)}`);
  }
  assert.equal(await postEnrol("10.0.0.1", { ...https, "x-forwarded-for": "192.0.2.7" }), 200);

  const newSecret = await proxied.platform.handsets(railFor("live", "vodacomTZN")).createEnrolment(number);
  const enrolled = await post(proxied, `${basePath}/enrol`, { secret: newSecret });
  assert.equal(enrolled.status, 200, "by HTTP on the server's own machine");
  const cookie = (enrolled.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const ussdRequest = { url: `${basePath}/ussd`, method: "POST", payload: { input: "*150*00#" } } as const;
  const byCookie = async (remoteAddress: string): Promise<number> =>
    (await proxied.platform.server.inject({ ...ussdRequest, remoteAddress, headers: { host, cookie } }))
      .statusCode;
  assert.deepEqual([await byCookie("127.0.0.1"), await byCookie("192.0.2.7")], [200, 403]);
  const page = await proxied.platform.server.inject({
    url: basePath,
    remoteAddress: "192.0.2.7",
    headers: { host, accept: "text/html" },
  });
  assert.equal(page.statusCode, 403);
  assert.match(page.body, /over HTTPS/);
});

test("open sandbox streams do not block a live customer", async () => {
  await using liveServer = await createTestSandbox({ handsets: { liveHandsets: "built-in" } });
  const { number, secret } = await liveCustomer(liveServer);
  const basePath = `/handset/live/vodacomTZN/${number}`;
  const sandboxEvents = `/handset/vodacomTZN/${getSeedHandset(liveServer).msisdn}/events`;
  const watching = await Promise.all(
    Array.from({ length: 30 }, () => startRequest(liveServer, sandboxEvents)),
  );
  assert.equal((await sendRequest(liveServer, sandboxEvents)).status, 429);
  const enrolled = await post(liveServer, `${basePath}/enrol`, { secret });
  const cookie = (enrolled.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const stream = await startRequest(liveServer, `${basePath}/events`, { headers: { cookie } });
  assert.equal((await nextSnapshot(readSnapshots(stream))).firstName, "Salma");
  for (const response of [stream, ...watching]) response.destroy();
});

test("over HTTPS the cookie has the Secure attribute", async () => {
  await using liveServer = await createTestSandbox({
    handsets: { liveHandsets: "built-in" },
    trustedProxies: ["127.0.0.1"],
  });
  const { number, secret } = await liveCustomer(liveServer);
  const { host } = new URL(liveServer.url);
  const proxied = { "x-forwarded-proto": "https", "x-forwarded-host": host, origin: `https://${host}` };
  const enrolled = await post(liveServer, `/handset/live/vodacomTZN/${number}/enrol`, { secret }, proxied);
  assert.equal(enrolled.status, 200);
  assert.match(String(enrolled.headers["set-cookie"]), /; Secure$/);
});
