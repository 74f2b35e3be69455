/** Accounts: registration, links, signing in, the second factor, and what strangers try with them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { computeTotp, toTotpStep } from "../../src/accounts/totp.ts";
import { callPortal, createDeveloper, toPageHeaders, type PortalReply } from "../support/developers.ts";
import { decodeBase32 } from "../support/base32.ts";
import { waitForMail } from "../support/mailbox.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const password = "correct horse battery";

let count = 0;
const createEmail = (): string => `person.${(count += 1)}@example.com`;

const call = (
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = toPageHeaders(sandbox),
): Promise<PortalReply> => callPortal(sandbox, headers, method, path, body);

/** The value of a cookie that a response sets; null if it removes it or does not set it. */
function getCookie({ headers }: PortalReply, name = "pesarail_session"): string | null {
  for (const cookie of headers.getSetCookie()) {
    const value = new RegExp(`^${name}=([^;]+);`).exec(cookie)?.[1];
    if (value !== undefined) return value;
  }
  return null;
}

/** An account with its session's headers. */
async function createAccount() {
  const email = createEmail();
  assert.equal(
    (await call("POST", "/account/register", { email, name: "Neema Juma", password })).status,
    204,
  );
  const { token } = await waitForMail(sandbox, email);
  const activated = await call("POST", "/account/activate", { token, password });
  assert.equal(activated.status, 200, JSON.stringify(activated.body));
  return { email, activated, headers: toPageHeaders(sandbox, getCookie(activated)) };
}

const signIn = (email: string, secret = password) =>
  call("POST", "/account/sign-in", { email, password: secret });

/** Turns the second factor on. Returns the app's secret and the recovery codes. */
async function enableSecondFactor(headers: Readonly<Record<string, string>>) {
  const started = await call("POST", "/account/second-factor", { currentPassword: password }, headers);
  assert.equal(started.status, 200, JSON.stringify(started.body));
  const secret = decodeBase32(started.body.secret);
  const enrolledStep = toTotpStep(Date.now());
  const code = computeTotp(secret, enrolledStep);
  const confirmed = await call("POST", "/account/second-factor/confirm", { code }, headers);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  return { secret, enrolledStep, recoveryCodes: confirmed.body.recoveryCodes as string[] };
}

test("an account begins with an activation link, and with an application whose key works", async () => {
  const { email, activated, headers } = await createAccount();
  const { application } = activated.body;
  const bearer = await sandbox.session("vodacomTZN", application.secrets["openapi-v2"].apiKey);
  assert.notEqual(bearer, "");
  const { applications } = (await call("GET", "/applications", undefined, headers)).body;
  assert.deepEqual(
    applications.map(({ id }: { id: string }) => id),
    [application.id],
  );
  const account = (await call("GET", "/account", undefined, headers)).body;
  assert.deepEqual([account.email, account.name, account.phone], [email, "Neema Juma", null]);
  const cookie = activated.headers.getSetCookie()[0] ?? "";
  assert.match(cookie, /; HttpOnly; SameSite=Lax$/);
});

test("an address has no account before its link was followed with the password", async () => {
  const email = createEmail();
  await call("POST", "/account/register", { email, name: "Neema", password });
  const { token } = await waitForMail(sandbox, email);
  assert.equal((await signIn(email)).status, 401);
  // A person who found the link does not know the password.
  assert.equal((await call("POST", "/account/activate", { token, password: "a wrong one" })).status, 400);
  assert.equal((await call("POST", "/account/activate", { token, password })).status, 200);
  assert.equal((await call("POST", "/account/activate", { token, password })).status, 404, "a used link");
});

test("a link ends after five wrong passwords, and with its time", async () => {
  const email = createEmail();
  await call("POST", "/account/register", { email, name: "Neema", password });
  const { token } = await waitForMail(sandbox, email);
  for (let i = 0; i < 5; i += 1) await call("POST", "/account/activate", { token, password: `wrong ${i}` });
  assert.equal((await call("POST", "/account/activate", { token, password })).status, 404);

  await call("POST", "/account/register", { email, name: "Neema", password });
  const second = await waitForMail(sandbox, email, 2);
  await sandbox.stores
    .main`update one_time_tokens set expires_at = now() - interval '1 second' where email = ${email}`;
  assert.equal((await call("POST", "/account/activate", { token: second.token, password })).status, 404);
});

test("an account of another person's address opens with the owner's password alone", async () => {
  const email = createEmail();
  await call("POST", "/account/register", { email, name: "Attacker", password: "attacker's password" });
  await waitForMail(sandbox, email);
  await call("POST", "/account/register", { email, name: "Owner", password });
  const { token } = await waitForMail(sandbox, email, 2);
  assert.equal((await call("POST", "/account/activate", { token, password })).status, 200);
  assert.equal((await signIn(email, "attacker's password")).status, 401);
  const links = await sandbox.stores.main`select 1 from one_time_tokens where email = ${email}`;
  assert.equal(links.length, 0, "the attacker's link has ended");
});

test("known and unknown addresses get the same responses, after the same time", async () => {
  const attempts = [
    (email: string) => signIn(email, "not the password"),
    (email: string) => call("POST", "/account/register", { email, name: "Someone", password }),
    (email: string) => call("POST", "/account/reset-link", { email }),
  ];
  let known = "";
  for (const attempt of attempts) {
    known = (await createAccount()).email;
    const times: Record<string, number[]> = { known: [], unknown: [] };
    for (let i = 0; i < 3; i += 1) {
      for (const [name, email] of [
        ["known", known],
        ["unknown", createEmail()],
      ] as const) {
        const startedAt = performance.now();
        const reply = await attempt(email);
        times[name]?.push(performance.now() - startedAt);
        const expected = await attempt(createEmail());
        assert.equal(reply.status, expected.status);
        assert.deepEqual(reply.body, expected.body);
        assert.deepEqual([...reply.headers.keys()], [...expected.headers.keys()]);
      }
    }
    // The least of three: a machine that is busy makes single requests slow, never fast. Without the hash of a password
    // for one of them, the other would take ten times as long.
    const [knownMs, unknownMs] = [Math.min(...(times["known"] ?? [])), Math.min(...(times["unknown"] ?? []))];
    const [faster, slower] = [Math.min(knownMs, unknownMs), Math.max(knownMs, unknownMs)];
    assert(slower < 3 * faster + 30, `${knownMs} and ${unknownMs} ms`);
  }
  await waitForMail(sandbox, known, ({ subject }) => subject === "Set another password for Pesarail");
});

test("a password by a link ends all sessions, and the link works once", async () => {
  const { email, headers } = await createAccount();
  await call("POST", "/account/reset-link", { email });
  const { token } = await waitForMail(sandbox, email, ({ link }) => link.includes("/reset#"));
  const other = "another good password";
  assert.equal((await call("POST", "/account/reset", { token, password: "short" })).status, 400);
  assert.equal((await call("POST", "/account/reset", { token, password: other })).status, 204);
  assert.equal((await call("POST", "/account/reset", { token, password: "a third password" })).status, 404);
  const cookie = { cookie: headers["cookie"] ?? "" };
  assert.equal((await call("GET", "/account", undefined, cookie)).status, 401, "the session has ended");
  assert.equal((await signIn(email)).status, 401);
  assert.equal((await signIn(email, other)).status, 200);
});

test("of two uses of a reset link at the same time, one sets the password", async () => {
  const { email } = await createAccount();
  await call("POST", "/account/reset-link", { email });
  const { token } = await waitForMail(sandbox, email, 2);
  const replies = await Promise.all(
    ["first password", "second password"].map((each) =>
      call("POST", "/account/reset", { token, password: each }),
    ),
  );
  assert.deepEqual(
    replies.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 404],
  );
});

test("a password change needs the old one, and ends the other sessions", async () => {
  const { email, headers } = await createAccount();
  const other = getCookie(await signIn(email));
  const body = { currentPassword: "not this one", password: "another good password" };
  assert.equal((await call("POST", "/account/password", body, headers)).status, 400);
  const change = { ...body, currentPassword: password };
  assert.equal((await call("POST", "/account/password", change, headers)).status, 204);
  assert.equal((await call("GET", "/account", undefined, headers)).body.email, email);
  const stolen = { cookie: `pesarail_session=${other}` };
  assert.equal((await call("GET", "/account", undefined, stolen)).status, 401);
  await waitForMail(sandbox, email, 2);
});

test("a new address is confirmed by its owner, who is signed in", async () => {
  const { email, headers } = await createAccount();
  const next = createEmail();
  assert.equal(
    (await call("POST", "/account/email", { email: next, currentPassword: "wrong" }, headers)).status,
    400,
  );
  assert.equal(
    (await call("POST", "/account/email", { email: next, currentPassword: password }, headers)).status,
    204,
  );
  const { token } = await waitForMail(sandbox, next);
  const stranger = await createDeveloper(sandbox);
  assert.equal((await stranger.call("POST", "/account/email/confirm", { token })).status, 404);
  assert.equal((await call("POST", "/account/email/confirm", { token }, headers)).status, 204);
  assert.equal((await call("POST", "/account/email/confirm", { token }, headers)).status, 404);
  assert.equal((await signIn(email)).status, 401);
  assert.equal((await signIn(next)).status, 200);
  const notice = await waitForMail(sandbox, email, 2);
  assert.match(notice.subject, /was changed/);
});

test("an account with a second factor opens with a password and a code, each code once", async () => {
  const { email, headers } = await createAccount();
  const { secret, enrolledStep, recoveryCodes } = await enableSecondFactor(headers);
  assert.equal(new Set(recoveryCodes).size, 10);

  const first = await signIn(email);
  assert.deepEqual(first.body, { next: "code" });
  assert.equal(getCookie(first), null, "the password alone gives no session");
  const challenge = getCookie(first, "pesarail_second_factor") ?? "";
  // What only a password gives opens nothing, in whichever cookie it is.
  for (const cookie of [`pesarail_session=${challenge}`, `pesarail_second_factor=${challenge}`])
    assert.equal((await call("GET", "/account", undefined, { cookie })).status, 401);

  const cookie = { ...toPageHeaders(sandbox), cookie: `pesarail_second_factor=${challenge}` };
  const tryCode = (code: string, from = cookie) => call("POST", "/account/sign-in/code", { code }, from);
  assert.equal((await tryCode("000000")).status, 400);
  // A code of the time of enrolling was used already. A phone's clock may be ahead.
  const code = computeTotp(secret, Math.max(toTotpStep(Date.now()), enrolledStep + 1));
  const done = await tryCode(code);
  assert.equal(done.status, 204);
  const opened = { cookie: `pesarail_session=${getCookie(done)}` };
  assert.equal((await call("GET", "/account", undefined, opened)).body.secondFactor, true);
  assert.equal((await tryCode(code)).status, 401, "the challenge was used");

  const again = getCookie(await signIn(email), "pesarail_second_factor");
  const next = { ...toPageHeaders(sandbox), cookie: `pesarail_second_factor=${again}` };
  assert.equal((await tryCode(code, next)).status, 400, "a code is accepted once");
  assert.equal((await tryCode(recoveryCodes[0]?.toLowerCase() ?? "", next)).status, 204);
  const third = getCookie(await signIn(email), "pesarail_second_factor");
  const last = { ...toPageHeaders(sandbox), cookie: `pesarail_second_factor=${third}` };
  assert.equal((await tryCode(recoveryCodes[0] ?? "", last)).status, 400, "so is a recovery code");
  assert.equal((await call("GET", "/account", undefined, opened)).body.recoveryCodesLeft, 9);
});

test("codes cannot be guessed: a challenge has five tries, and ten wrong codes lock the account's codes", async () => {
  const { email, headers } = await createAccount();
  const { secret } = await enableSecondFactor(headers);
  const guess = async (tries: number) => {
    const challenge = getCookie(await signIn(email), "pesarail_second_factor");
    const from = { ...toPageHeaders(sandbox), cookie: `pesarail_second_factor=${challenge}` };
    const replies = await Promise.all(
      Array.from({ length: tries }, () => call("POST", "/account/sign-in/code", { code: "000000" }, from)),
    );
    const code = computeTotp(secret, toTotpStep(Date.now()));
    return {
      statuses: replies.map(({ status }) => status).toSorted((a, b) => a - b),
      right: await call("POST", "/account/sign-in/code", { code }, from),
    };
  };
  const first = await guess(8);
  assert.deepEqual(first.statuses, [400, 400, 400, 400, 400, 401, 401, 401]);
  assert.equal(first.right.status, 401, "the challenge has ended");
  await guess(5);
  const locked = await guess(0);
  assert.equal(locked.right.status, 403, "even the right code");
});

test("a reset does not turn the second factor off, and removing it needs a code", async () => {
  const { email, headers } = await createAccount();
  const { recoveryCodes } = await enableSecondFactor(headers);
  const remove = (code: string, currentPassword = password) =>
    call("POST", "/account/second-factor/remove", { code, currentPassword }, headers);
  assert.equal((await remove("000000")).status, 400);
  assert.equal((await remove(recoveryCodes[1] ?? "", "wrong")).status, 400);
  await call("POST", "/account/reset-link", { email });
  const { token } = await waitForMail(sandbox, email, ({ link }) => link.includes("/reset#"));
  assert.equal(
    (await call("POST", "/account/reset", { token, password: "another good password" })).status,
    204,
  );
  assert.deepEqual((await signIn(email, "another good password")).body, { next: "code" });
});

test("turning the second factor on again does not replace the secret", async () => {
  const { headers } = await createAccount();
  await enableSecondFactor(headers);
  const again = await call("POST", "/account/second-factor", { currentPassword: password }, headers);
  assert.equal(again.status, 409);
  assert.equal(
    (await call("POST", "/account/second-factor/confirm", { code: "000000" }, headers)).status,
    400,
  );
});

test("sessions are listed, and a revoked one opens nothing", async () => {
  const { email, headers } = await createAccount();
  const other = getCookie(await signIn(email)) ?? "";
  const { sessions } = (await call("GET", "/account/sessions", undefined, headers)).body;
  assert.equal(sessions.length, 2);
  const [newest, current] = sessions;
  assert.deepEqual([newest.isCurrent, current.isCurrent], [false, true]);
  const stranger = await createDeveloper(sandbox);
  assert.equal((await stranger.call("DELETE", `/account/sessions/${newest.id}`)).status, 404);
  assert.equal((await call("DELETE", `/account/sessions/${newest.id}`, undefined, headers)).status, 204);
  assert.equal(
    (await call("GET", "/account", undefined, { cookie: `pesarail_session=${other}` })).status,
    401,
  );
  assert.equal((await call("POST", "/account/sign-out", undefined, headers)).status, 204);
  assert.equal((await call("GET", "/account", undefined, { cookie: headers["cookie"] ?? "" })).status, 401);
});

test("a number is confirmed by the code on its handset, and becomes a customer", async () => {
  const { headers } = await createAccount();
  const sent = await call(
    "POST",
    "/account/phone",
    { market: "vodacomTZN", msisdn: "0754 111 222" },
    headers,
  );
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  assert.deepEqual(sent.body, {
    msisdn: "255754111222",
    handset: "/handset/vodacomTZN/255754111222",
    pin: "1234",
  });
  const code = await readCode("255754111222");
  const wrong = code === "111111" ? "222222" : "111111";
  assert.equal((await call("POST", "/account/phone/confirm", { code: wrong }, headers)).status, 400);
  assert.equal((await call("POST", "/account/phone/confirm", { code }, headers)).status, 204);
  assert.equal((await call("POST", "/account/phone/confirm", { code }, headers)).status, 400, "once");
  assert.equal((await call("GET", "/account", undefined, headers)).body.phone, "255754111222");
  assert.equal(await sandbox.getAvailable("255754111222"), 1_000_000n);

  const second = await createAccount();
  await call("POST", "/account/phone", { market: "vodacomTZN", msisdn: "255754111222" }, second.headers);
  const other = await readCode("255754111222", code);
  assert.equal((await call("POST", "/account/phone/confirm", { code: other }, second.headers)).status, 409);
});

test("a code has five tries, and numbers of the sandbox and of other markets are refused", async () => {
  const { headers } = await createAccount();
  for (const msisdn of [
    sandbox.clientInfo.markets.vodacomTZN.customers[0] ?? "",
    "254712345678",
    "0000",
    "hello",
  ])
    assert.equal(
      (await call("POST", "/account/phone", { market: "vodacomTZN", msisdn }, headers)).status,
      400,
      msisdn,
    );
  await call("POST", "/account/phone", { market: "vodacomTZN", msisdn: "255754333444" }, headers);
  const code = await readCode("255754333444");
  const wrong = code === "111111" ? "222222" : "111111";
  for (let i = 0; i < 5; i += 1) await call("POST", "/account/phone/confirm", { code: wrong }, headers);
  assert.equal((await call("POST", "/account/phone/confirm", { code }, headers)).status, 400);
});

/** The code of the newest SMS. `previous` is one that was read before. */
async function readCode(msisdn: string, previous?: string): Promise<string> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const state = await sandbox.platform
      .handsets({ name: "sandbox_vodacomTZN", environment: "sandbox", market: "vodacomTZN" })
      .getState(msisdn);
    const code = /^(\d{6}) /.exec(state?.messages[0]?.text ?? "")?.[1];
    if (code !== undefined && code !== previous) return code;
    assert(Date.now() < deadline, "no message arrived");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("mails to one address and passwords of one account are limited, whether they exist or not", async () => {
  const limited = await createTestSandbox();
  try {
    const headers = toPageHeaders(limited);
    const post = (path: string, body: object) => callPortal(limited, headers, "POST", path, body);
    const email = "unknown@example.com";
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await post("/account/reset-link", { email })).status);
    assert.deepEqual(statuses, [204, 204, 204, 204, 204, 429]);
    const guesses: PortalReply[] = [];
    for (let i = 0; i < 24; i += 1) {
      const spelled = i % 2 === 0 ? email : email.toUpperCase();
      guesses.push(await post("/account/sign-in", { email: spelled, password: `guess ${i}` }));
    }
    assert.equal(
      guesses.filter(({ status }) => status === 429).length,
      4,
      "one account, however it is spelled",
    );
    const refused = guesses.find(({ status }) => status === 429);
    assert.match(
      refused?.body.message,
      /^There were too many attempts\. Try again in \d+ (?:minutes|seconds)\.$/,
    );
  } finally {
    await limited[Symbol.asyncDispose]();
  }
});

test("where mails reach no one, registration is closed with a reason", async () => {
  const closed = await createTestSandbox({ portal: { localTools: false } });
  try {
    const headers = toPageHeaders(closed);
    const session = await callPortal(closed, headers, "GET", "/session");
    assert.deepEqual(
      [session.body.developer, session.body.canRegister, session.body.hasMailbox],
      [null, false, false],
    );
    const body = { email: "a@example.com", name: "A", password };
    const reply = await callPortal(closed, headers, "POST", "/account/register", body);
    assert.equal(reply.status, 403);
    assert.match(reply.body.message, /^Registration is closed, because this server sends no e-mail/);
    assert.equal((await fetch(`${closed.url}/mailbox`)).status, 403);
  } finally {
    await closed[Symbol.asyncDispose]();
  }
});

test("weak passwords and addresses that are none are refused", async () => {
  const post = (body: object) =>
    call("POST", "/account/register", { email: createEmail(), name: "N", password, ...body });
  for (const weak of ["short", "1234567890", "aaaaaaaaaaaa"])
    assert.equal((await post({ password: weak })).status, 400, weak);
  for (const email of [
    "nothing",
    "a@b",
    "a b@example.com",
    "a@example.com\r\nbcc: b@example.com",
    "<a@example.com>",
  ])
    assert.equal((await post({ email })).status, 400, email);
});

test("a page of another server cannot sign in, sign out, or change an account", async () => {
  const { headers } = await createAccount();
  const cookie = headers["cookie"] ?? "";
  for (const hostile of [
    { cookie, origin: "https://shop.example", "sec-fetch-site": "cross-site" },
    { cookie, "sec-fetch-site": "same-site" },
    { cookie, origin: "null" },
  ]) {
    for (const [method, path] of [
      ["POST", "/account/sign-out"],
      ["POST", "/account/sign-in"],
      ["PATCH", "/account"],
      ["DELETE", "/account/sessions"],
    ] as const)
      assert.equal(
        (await call(method, path, method === "PATCH" ? { name: "x" } : undefined, hostile)).status,
        403,
      );
  }
  const form = await fetch(`${sandbox.url}/portal/api/account`, {
    method: "PATCH",
    headers: { cookie, "content-type": "text/plain" },
    body: '{"name":"x"}',
  });
  assert.equal(form.status, 415);
  assert.equal((await call("GET", "/account", undefined, headers)).body.name, "Neema Juma");
});
