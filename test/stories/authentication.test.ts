/** If authentication fails, the response gives the reason with code INS-989 and nothing that helps an attacker. */
import assert from "node:assert/strict";
import { constants, publicEncrypt, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { after, before, test } from "node:test";
import { msPerHour, msPerSecond } from "../../src/core/clock.ts";
import { railFor } from "../../src/core/rails.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { revokeAccessTokens } from "../../src/store/main/access-tokens.ts";
import { updateApplication } from "../../src/store/main/applications.ts";
import { createTestApplication } from "../support/application.ts";
import {
  c2bFields,
  encryptTo,
  liveBearer,
  createTestSandbox,
  getPublicKey,
  createReference,
  type Reply,
  type TestSandbox,
} from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const summarise = (reply: Reply): string => `${reply.status} ${reply.body["output_ResponseCode"]}`;

type Attempt = { bearer?: string; headers?: Record<string, string> };

const requestSession = (attempt: Attempt, target: TestSandbox = sandbox): Promise<Reply> =>
  target.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", attempt);

const pay = (
  attempt: Attempt,
  target: TestSandbox = sandbox,
  path = "/sandbox/ipg/v2/vodacomTZN",
): Promise<Reply> =>
  target.raw("POST", `${path}/c2bPayment/singleStage/`, { ...attempt, fields: c2bFields(target) });

/** An authentication failure of a call, in the fields that clients of all versions read; never a failed payment. */
function assertUnauthorised(reply: Reply, reason: RegExp, label = JSON.stringify(reply.body)): void {
  assert.equal(summarise(reply), "401 INS-989", label);
  assert.match(reply.body["output_error"] ?? "", reason, label);
  assert.equal(reply.body["output_ResponseDesc"], reply.body["output_error"]);
  assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
  assert("output_ThirdPartyConversationID" in reply.body);
}

function assertNoSession(reply: Reply, reason: RegExp, label = JSON.stringify(reply.body)): void {
  assert.equal(summarise(reply), "400 INS-989", label);
  assert.match(reply.body["output_ResponseDesc"] ?? "", /^Session Creation Failed/);
  assert.match(reply.body["output_ResponseDesc"] ?? "", reason, label);
  assert(!("output_SessionID" in reply.body));
}

test("a malformed bearer is described: missing, not base64, or of the wrong length", async () => {
  // prettier-ignore
  const table: [attempt: Attempt, reason: RegExp][] = [
    [{},                                                 /must be: Bearer/],
    [{ headers: { authorization: "" } },                 /must be: Bearer/],
    [{ headers: { authorization: "Bearer" } },           /must be: Bearer/],
    [{ headers: { authorization: "Basic dTpw" } },       /must be: Bearer/],
    [{ bearer: "*not base64*" },                         /not valid base64/],
    [{ bearer: "abcde" },                                /not valid base64/],
    [{ bearer: "abc=def=" },                             /not valid base64/],
    [{ bearer: "abcd" },                                 /512 bytes/],
    [{ bearer: randomBytes(511).toString("base64") },    /512 bytes/],
    [{ bearer: randomBytes(513).toString("base64") },    /512 bytes/],
    [{ bearer: sandbox.clientInfo.apiKey },                      /512 bytes/],
  ];
  for (const [attempt, reason] of table) {
    assertUnauthorised(await pay(attempt), reason, JSON.stringify(attempt));
    assertNoSession(await requestSession(attempt), reason, JSON.stringify(attempt));
  }
});

test("a key that was encrypted together with something else is described, if the key exists", async () => {
  const sessionKey = (await requestSession({ bearer: sandbox.encrypt(sandbox.clientInfo.apiKey) })).body[
    "output_SessionID"
  ];
  // prettier-ignore
  const mistakes: [add: (key: string) => string, reason: RegExp][] = [
    [(key) => `${key}\n`, /a line end/], [(key) => `${key}\r\n`, /a line end/], [(key) => `\n ${key}`, /a line end/],
    [(key) => ` ${key}`, /spaces around/], [(key) => `${key}\t`, /spaces around/], [(key) => `${key}\u00a0`, /spaces around/],
    [(key) => `"${key}"`, /quotation marks/], [(key) => `'${key}'\n`, /quotation marks/], [(key) => `\u201c${key}\u201d`, /quotation marks/],
    [(key) => `\ufeff${key}\r\n`, /byte-order mark:/], [(key) => `${key}\0`, /NUL byte/],
    [(key) => `${key}\n`.split("").join("\0") + "\0", /UTF-16/], [(key) => key.split("").map((digit) => `\0${digit}`).join(""), /UTF-16/],
  ];
  for (const [add, reason] of mistakes) {
    const label = JSON.stringify(add("key"));
    assertNoSession(
      await requestSession({ bearer: sandbox.encrypt(add(sandbox.clientInfo.apiKey)) }),
      reason,
      label,
    );
    assertUnauthorised(await pay({ bearer: sandbox.encrypt(add(sessionKey ?? "")) }), reason, label);
    const unknown = sandbox.encrypt(add("0123456789abcdef0123456789abcdef"));
    assertNoSession(
      await requestSession({ bearer: unknown }),
      /not made from a key that is valid here/,
      label,
    );
    assertUnauthorised(await pay({ bearer: unknown }), /not made from a key that is valid here/, label);
  }
});

test("both conversation ids are returned although authentication failed", async () => {
  const conversationReference = createReference();
  const reply = await sandbox.raw("POST", "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/", {
    fields: c2bFields(sandbox, { input_ThirdPartyConversationID: conversationReference }),
  });
  assert.equal(reply.body["output_ThirdPartyConversationID"], conversationReference);
});

test("an API key is not accepted as a session key, nor a session key as an API key", async () => {
  assertUnauthorised(await pay({ bearer: sandbox.encrypt(sandbox.clientInfo.apiKey) }), /This is an API key/);
  assertNoSession(await requestSession({ bearer: await sandbox.session() }), /This is a session key/);
});

test("a key of the other environment, or encrypted with its public key, gets its own message", async () => {
  const live = await createTestApplication(sandbox, { environment: "live", shortcodes: ["000000"] });
  const liveKey = await getPublicKey(sandbox, "live");
  const sessionOfLive = await liveBearer(sandbox, live.apiKey);

  assertNoSession(
    await requestSession({ bearer: encryptTo(liveKey, sandbox.clientInfo.apiKey) }),
    /other environment/,
    "live's public key",
  );
  assertNoSession(
    await requestSession({ bearer: sandbox.encrypt(live.apiKey) }),
    /other environment/,
    "live's API key",
  );
  assertUnauthorised(await pay({ bearer: sessionOfLive }), /other environment/, "live's session");
  assertUnauthorised(
    await pay({ bearer: await sandbox.session() }, sandbox, "/openapi/ipg/v2/vodacomTZN"),
    /other environment/,
  );
});

test("an unknown key and a bearer with broken padding get the same response", async () => {
  const unknown = sandbox.encrypt("x".repeat(32));
  const notEncrypted = randomBytes(512);
  notEncrypted[0] = 0;
  const tooLarge = Buffer.alloc(512, 0xff);
  const key = await getPublicKey(sandbox, "sandbox");
  const otherPadding = publicEncrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    Buffer.from(sandbox.clientInfo.apiKey),
  );
  const all = [unknown, ...[notEncrypted, tooLarge, otherPadding].map((bytes) => bytes.toString("base64"))];
  const results = new Set<string>();
  for (const bearer of all) {
    const [callReply, sessionReply] = [await pay({ bearer }), await requestSession({ bearer })];
    results.add(
      JSON.stringify([
        summarise(callReply),
        callReply.body["output_error"],
        summarise(sessionReply),
        sessionReply.body["output_ResponseDesc"],
      ]),
    );
  }
  assert.equal(results.size, 1, [...results].join("\n"));
  assert.match([...results][0] ?? "", /not made from a key that is valid here/);
});

test("broken padding takes as long as an unknown key", async () => {
  const broken = randomBytes(512);
  broken[0] = 0;
  const bearers = { unknown: sandbox.encrypt("x".repeat(32)), broken: broken.toString("base64") };
  const durations = { unknown: [] as number[], broken: [] as number[] };
  // Interleaved, so that other load on the machine affects both alike.
  for (let round = 0; round < 30; round += 1) {
    for (const kind of ["unknown", "broken"] as const) {
      const startedAt = performance.now();
      await requestSession({ bearer: bearers[kind] });
      durations[kind].push(performance.now() - startedAt);
    }
  }
  // The fastest of each: other load only adds time.
  const ratio = Math.min(...durations.unknown) / Math.min(...durations.broken);
  // A shortcut would save one of two decryptions, almost half of the time.
  assert(ratio > 0.6 && ratio < 1.65, `unknown keys take ${ratio.toFixed(2)} times as long`);
});

test("a session lives as long as its application's setting, by the environment's clock", async () => {
  await using testSandbox = await createTestSandbox();
  const { apiKey } = await createTestApplication(testSandbox, { sessionLifetimeMs: msPerHour });
  const bearer = await testSandbox.session("vodacomTZN", apiKey);
  testSandbox.clock.advance(msPerHour - 10 * msPerSecond);
  assert.equal(summarise(await pay({ bearer }, testSandbox)), "201 INS-0");
  testSandbox.clock.advance(10 * msPerSecond);
  assertUnauthorised(await pay({ bearer }, testSandbox), /session has expired/);
  assert.equal(
    summarise(await pay({ bearer: await testSandbox.session("vodacomTZN", apiKey) }, testSandbox)),
    "201 INS-0",
  );
});

test("with an activation delay, a session that is not active yet gets its own message", async () => {
  await using testSandbox = await createTestSandbox({ activationDelayMs: 30 * msPerSecond });
  const bearer = await testSandbox.session();
  assertUnauthorised(await pay({ bearer }, testSandbox), /not live yet/);
  testSandbox.clock.advance(30 * msPerSecond);
  assert.equal(summarise(await pay({ bearer }, testSandbox)), "201 INS-0");
});

test("a session opened in one market is valid in all of them", async () => {
  const bearer = await sandbox.session("vodafoneGHA");
  assert.equal(summarise(await pay({ bearer })), "201 INS-0");
});

/** Repeats until the server has noticed a change of the application; it must do so within a second. */
async function retryUntilRefused(attempt: () => Promise<Reply>): Promise<Reply> {
  const deadline = performance.now() + 1000;
  for (;;) {
    const reply = await attempt();
    if (reply.status >= 400 || performance.now() > deadline) return reply;
  }
}

test("a revoked key opens no session, and its sessions end within a second", async () => {
  const { id, apiKey } = await createTestApplication(sandbox);
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(summarise(await pay({ bearer })), "201 INS-0");
  await updateApplication(sandbox.stores.main, id, { revokedAt: new Date() });
  assertUnauthorised(await retryUntilRefused(() => pay({ bearer })), /session was ended/);
  assertNoSession(await requestSession({ bearer: sandbox.encrypt(apiKey) }), /was revoked/);
});

test("revoked sessions stay invalid, and the key opens new ones", async () => {
  const { id, apiKey } = await createTestApplication(sandbox);
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  await revokeAccessTokens(sandbox.stores.main, id);
  assertUnauthorised(await retryUntilRefused(() => pay({ bearer })), /session was ended/);
  assert.equal(summarise(await pay({ bearer: await sandbox.session("vodacomTZN", apiKey) })), "201 INS-0");
});

test("an application with trusted sources can be used from those only", async () => {
  const trustedHere = await createTestApplication(sandbox, { trustedSources: ["10.0.0.0/8", "127.0.0.1"] });
  assert.equal(summarise(await requestSession({ bearer: sandbox.encrypt(trustedHere.apiKey) })), "200 INS-0");
  const elsewhere = await createTestApplication(sandbox, { trustedSources: ["10.0.0.0/8"] });
  assertNoSession(
    await requestSession({ bearer: sandbox.encrypt(elsewhere.apiKey) }),
    /not one of the application's trusted sources/,
  );

  const moved = await createTestApplication(sandbox);
  const bearer = await sandbox.session("vodacomTZN", moved.apiKey);
  await updateApplication(sandbox.stores.main, moved.id, { trustedSources: ["10.0.0.0/8"] });
  assertUnauthorised(await retryUntilRefused(() => pay({ bearer })), /trusted sources/);
});

test("a forwarded address is accepted from a trusted proxy only", async () => {
  const headers = { "x-forwarded-for": "10.1.2.3" };
  const { apiKey } = await createTestApplication(sandbox, { trustedSources: ["10.0.0.0/8"] });
  assertNoSession(
    await requestSession({ bearer: sandbox.encrypt(apiKey), headers }),
    /trusted sources/,
    "no proxy is trusted",
  );

  await using proxied = await createTestSandbox({ trustedProxies: ["127.0.0.1"] });
  const trusted = await createTestApplication(proxied, { trustedSources: ["10.0.0.0/8"] });
  const bearer = proxied.encrypt(trusted.apiKey);
  assert.equal(summarise(await requestSession({ bearer, headers }, proxied)), "200 INS-0");
  assertNoSession(await requestSession({ bearer }, proxied), /trusted sources/, "the proxy itself");
  // Entries left of the proxy's own come from the client, and are not trusted.
  const forged = { "x-forwarded-for": "10.1.2.3, 203.0.113.9" };
  assertNoSession(await requestSession({ bearer, headers: forged }, proxied), /trusted sources/, "forged");
});

test("an application with trusted origins can be used with those only", async () => {
  const { apiKey } = await createTestApplication(sandbox, { trustedOrigins: ["https://shop.example"] });
  const bearer = sandbox.encrypt(apiKey);
  const requestFrom = (origin: string) => requestSession({ bearer, headers: { origin } });
  assert.equal(summarise(await requestFrom("https://shop.example")), "200 INS-0");
  assertNoSession(await requestFrom("*"), /Origin/);
  assertNoSession(await requestFrom(""), /Origin/);
});

test("a bearer may be reused, contain spaces, and have its scheme in any case", async () => {
  const bearer = await sandbox.session();
  const inLines = bearer.replace(/(.{76})/g, "$1 ");
  for (const authorization of [
    `Bearer ${bearer}`,
    `bearer ${bearer}`,
    `Bearer  ${bearer}`,
    `Bearer ${inLines}`,
    `Bearer ${bearer}`,
  ]) {
    assert.equal(summarise(await pay({ headers: { authorization } })), "201 INS-0");
  }
});

test("a new ciphertext for every request works as well as a reused one", async () => {
  const reply = await requestSession({ bearer: sandbox.encrypt(sandbox.clientInfo.apiKey) });
  const sessionKey = reply.body["output_SessionID"] ?? "";
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => pay({ bearer: sandbox.encrypt(sessionKey) })),
  );
  assert.deepEqual(new Set(replies.map(summarise)), new Set(["201 INS-0"]));
});

test("an application can move the money of its own organisations only", async () => {
  await registerOrganisations(sandbox.platform.payments(railFor("sandbox", "vodacomTZN")).context, [
    { shortcode: "112244", name: "Other organisation" },
  ]);
  const { apiKey } = await createTestApplication(sandbox, { shortcodes: ["000000"] });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const payTo = (shortcode: string) =>
    sandbox.call(
      "POST",
      "c2bPayment/singleStage/",
      c2bFields(sandbox, { input_ServiceProviderCode: shortcode }),
      {
        bearer,
      },
    );
  assert.equal(summarise(await payTo("000000")), "201 INS-0");
  assert.equal(summarise(await payTo("112244")), "400 INS-13");
});

test("a flood of forged bearers does not delay a client that was valid before, with a new ciphertext", async () => {
  const opened = await requestSession({ bearer: sandbox.encrypt(sandbox.clientInfo.apiKey) });
  const session = opened.body["output_SessionID"] ?? "";
  const clientAgent = new Agent({ keepAlive: true, maxSockets: 1 });
  const floodAgent = new Agent({ keepAlive: true });
  const send = (agent: Agent, bearer: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const url = `${sandbox.url}/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/`;
      const headers = { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" };
      const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      });
      outgoing.once("error", reject).end(JSON.stringify(c2bFields(sandbox)));
    });
  const publicKey = await getPublicKey(sandbox, "sandbox");
  const sendFresh = (): Promise<number> => send(clientAgent, encryptTo(publicKey, session));
  assert.equal(await sendFresh(), 201);

  const forged = 600;
  let answered = 0;
  const flood = Array.from({ length: forged }, async () => {
    assert.equal(await send(floodAgent, randomBytes(512).fill(1, 0, 1).toString("base64")), 401);
    answered += 1;
  });
  await Promise.race(flood);
  assert.equal(await sendFresh(), 201);
  assert(answered < forged / 2, `${answered} of ${forged} forged bearers were answered first`);
  await Promise.all(flood);
  clientAgent.destroy();
  floodAgent.destroy();
});
