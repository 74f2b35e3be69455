/** Who is not let in is told why, in a code of its own, and learns nothing that helps to break in. */
import assert from "node:assert/strict";
import { constants, publicEncrypt, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { hour, second } from "../../src/clock.ts";
import { rail } from "../../src/money.ts";
import { registerOrganisations } from "../../src/payments/registry.ts";
import { revokeSessions, updateApplication } from "../../src/store/directory.ts";
import { makeApplication } from "../town/application.ts";
import {
  c2b,
  encryptTo,
  liveBearer,
  openTown,
  publicKeyOf,
  reference,
  type Reply,
  type Town,
} from "../town/town.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

const said = (reply: Reply): string => `${reply.status} ${reply.body["output_ResponseCode"]}`;

type Attempt = { bearer?: string; headers?: Record<string, string> };

const openSession = (attempt: Attempt, where: Town = town): Promise<Reply> =>
  where.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", attempt);

const pay = (attempt: Attempt, where: Town = town, path = "/sandbox/ipg/v2/vodacomTZN"): Promise<Reply> =>
  where.raw("POST", `${path}/c2bPayment/singleStage/`, { ...attempt, fields: c2b(where) });

/** Refused at a call, as clients of all ages understand it; and never as a payment that failed. */
function assertKeptOut(reply: Reply, because: RegExp, label = JSON.stringify(reply.body)): void {
  assert.equal(said(reply), "401 INS-989", label);
  assert.match(reply.body["output_error"] ?? "", because, label);
  assert.equal(reply.body["output_ResponseDesc"], reply.body["output_error"]);
  assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
  assert("output_ThirdPartyConversationID" in reply.body);
}

function assertNoSession(reply: Reply, because: RegExp, label = JSON.stringify(reply.body)): void {
  assert.equal(said(reply), "400 INS-989", label);
  assert.match(reply.body["output_ResponseDesc"] ?? "", /^Session Creation Failed/);
  assert.match(reply.body["output_ResponseDesc"] ?? "", because, label);
  assert(!("output_SessionID" in reply.body));
}

test("a bearer that cannot be one is described: missing, no base64, or of the wrong length", async () => {
  // prettier-ignore
  const table: [attempt: Attempt, because: RegExp][] = [
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
    [{ bearer: town.facts.apiKey },                      /512 bytes/],
  ];
  for (const [attempt, because] of table) {
    assertKeptOut(await pay(attempt), because, JSON.stringify(attempt));
    assertNoSession(await openSession(attempt), because, JSON.stringify(attempt));
  }
});

test("both conversation ids come back, although nobody was let in", async () => {
  const mine = reference();
  const reply = await town.raw("POST", "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/", {
    fields: c2b(town, { input_ThirdPartyConversationID: mine }),
  });
  assert.equal(reply.body["output_ThirdPartyConversationID"], mine);
});

test("an API key is no session key, nor the other way round", async () => {
  assertKeptOut(await pay({ bearer: town.encrypt(town.facts.apiKey) }), /This is an API key/);
  assertNoSession(await openSession({ bearer: await town.session() }), /This is a session key/);
});

test("a key of the other environment, or made with its public key, is told apart", async () => {
  const live = await makeApplication(town, { environment: "live", shortcodes: ["000000"] });
  const liveKey = await publicKeyOf(town, "live");
  const sessionOfLive = await liveBearer(town, live.apiKey);

  assertNoSession(
    await openSession({ bearer: encryptTo(liveKey, town.facts.apiKey) }),
    /other environment/,
    "live's public key",
  );
  assertNoSession(
    await openSession({ bearer: town.encrypt(live.apiKey) }),
    /other environment/,
    "live's API key",
  );
  assertKeptOut(await pay({ bearer: sessionOfLive }), /other environment/, "live's session");
  assertKeptOut(
    await pay({ bearer: await town.session() }, town, "/openapi/ipg/v2/vodacomTZN"),
    /other environment/,
  );
});

test("a key that nobody has and a bearer with broken padding are answered alike", async () => {
  const unknown = town.encrypt("x".repeat(32));
  const notEncrypted = randomBytes(512);
  notEncrypted[0] = 0;
  const tooLarge = Buffer.alloc(512, 0xff);
  const key = await publicKeyOf(town, "sandbox");
  const otherPadding = publicEncrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    Buffer.from(town.facts.apiKey),
  );
  const all = [unknown, ...[notEncrypted, tooLarge, otherPadding].map((bytes) => bytes.toString("base64"))];
  const told = new Set<string>();
  for (const bearer of all) {
    const [kept, none] = [await pay({ bearer }), await openSession({ bearer })];
    told.add(
      JSON.stringify([said(kept), kept.body["output_error"], said(none), none.body["output_ResponseDesc"]]),
    );
  }
  assert.equal(told.size, 1, [...told].join("\n"));
  assert.match([...told][0] ?? "", /not made from a key that is valid here/);
});

test("broken padding takes as long as an unknown key", async () => {
  const broken = randomBytes(512);
  broken[0] = 0;
  const bearers = { unknown: town.encrypt("x".repeat(32)), broken: broken.toString("base64") };
  const took = { unknown: [] as number[], broken: [] as number[] };
  // Interleaved, so that whatever else the machine is doing falls on both alike.
  for (let round = 0; round < 30; round += 1) {
    for (const kind of ["unknown", "broken"] as const) {
      const startedAt = performance.now();
      await openSession({ bearer: bearers[kind] });
      took[kind].push(performance.now() - startedAt);
    }
  }
  const median = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const ratio = median(took.unknown) / median(took.broken);
  // A shortcut would save one of two decryptions, nearly half of the whole.
  assert(ratio > 0.6 && ratio < 1.65, `unknown keys take ${ratio.toFixed(2)} times as long`);
});

test("a session lives as long as its application says, by the environment's clock", async () => {
  await using place = await openTown();
  const { apiKey } = await makeApplication(place, { sessionLifetimeMs: hour });
  const bearer = await place.session("vodacomTZN", apiKey);
  place.clock.advance(hour - 10 * second);
  assert.equal(said(await pay({ bearer }, place)), "201 INS-0");
  place.clock.advance(10 * second);
  assertKeptOut(await pay({ bearer }, place), /session has expired/);
  assert.equal(said(await pay({ bearer: await place.session("vodacomTZN", apiKey) }, place)), "201 INS-0");
});

test("where sessions take a while to become live, one that is not yet is told so", async () => {
  await using place = await openTown({ activationDelayMs: 30 * second });
  const bearer = await place.session();
  assertKeptOut(await pay({ bearer }, place), /not live yet/);
  place.clock.advance(30 * second);
  assert.equal(said(await pay({ bearer }, place)), "201 INS-0");
});

test("a session opened in one market is good in all of them", async () => {
  const bearer = await town.session("vodafoneGHA");
  assert.equal(said(await pay({ bearer })), "201 INS-0");
});

/** Asks until the server has heard of what changed in the directory; the caller's timeout is the second it has. */
async function untilRefused(attempt: () => Promise<Reply>): Promise<Reply> {
  const giveUpAt = performance.now() + 1000;
  for (;;) {
    const reply = await attempt();
    if (reply.status >= 400 || performance.now() > giveUpAt) return reply;
  }
}

test("a revoked key opens no session, and ends those it opened, within a second", async () => {
  const { id, apiKey } = await makeApplication(town);
  const bearer = await town.session("vodacomTZN", apiKey);
  assert.equal(said(await pay({ bearer })), "201 INS-0");
  await updateApplication(town.stores.main, id, { revokedAt: new Date() });
  assertKeptOut(await untilRefused(() => pay({ bearer })), /session was ended/);
  assertNoSession(await openSession({ bearer: town.encrypt(apiKey) }), /was revoked/);
});

test("sessions that were ended stay out, and the key opens new ones", async () => {
  const { id, apiKey } = await makeApplication(town);
  const bearer = await town.session("vodacomTZN", apiKey);
  await revokeSessions(town.stores.main, id);
  assertKeptOut(await untilRefused(() => pay({ bearer })), /session was ended/);
  assert.equal(said(await pay({ bearer: await town.session("vodacomTZN", apiKey) })), "201 INS-0");
});

test("an application that names trusted sources is used from there alone", async () => {
  const here = await makeApplication(town, { trustedSources: ["10.0.0.0/8", "127.0.0.1"] });
  assert.equal(said(await openSession({ bearer: town.encrypt(here.apiKey) })), "200 INS-0");
  const elsewhere = await makeApplication(town, { trustedSources: ["10.0.0.0/8"] });
  assertNoSession(
    await openSession({ bearer: town.encrypt(elsewhere.apiKey) }),
    /not one of the application's trusted sources/,
  );

  const moved = await makeApplication(town);
  const bearer = await town.session("vodacomTZN", moved.apiKey);
  await updateApplication(town.stores.main, moved.id, { trustedSources: ["10.0.0.0/8"] });
  assertKeptOut(await untilRefused(() => pay({ bearer })), /trusted sources/);
});

test("a forwarded address is believed from a trusted proxy, and from nobody else", async () => {
  const headers = { "x-forwarded-for": "10.1.2.3" };
  const { apiKey } = await makeApplication(town, { trustedSources: ["10.0.0.0/8"] });
  assertNoSession(
    await openSession({ bearer: town.encrypt(apiKey), headers }),
    /trusted sources/,
    "nobody is trusted",
  );

  await using behind = await openTown({ trustedProxies: ["127.0.0.1"] });
  const trusted = await makeApplication(behind, { trustedSources: ["10.0.0.0/8"] });
  const bearer = behind.encrypt(trusted.apiKey);
  assert.equal(said(await openSession({ bearer, headers }, behind)), "200 INS-0");
  assertNoSession(await openSession({ bearer }, behind), /trusted sources/, "the proxy itself");
  // What the caller wrote stands left of what our proxy added, and is not believed.
  const forged = { "x-forwarded-for": "10.1.2.3, 203.0.113.9" };
  assertNoSession(await openSession({ bearer, headers: forged }, behind), /trusted sources/, "forged");
});

test("an application that names origins is used with one of them", async () => {
  const { apiKey } = await makeApplication(town, { trustedOrigins: ["https://shop.example"] });
  const bearer = town.encrypt(apiKey);
  const from = (origin: string) => openSession({ bearer, headers: { origin } });
  assert.equal(said(await from("https://shop.example")), "200 INS-0");
  assertNoSession(await from("*"), /Origin/);
  assertNoSession(await from(""), /Origin/);
});

test("a bearer may be sent again and again, in lines, in any case of its scheme", async () => {
  const bearer = await town.session();
  const inLines = bearer.replace(/(.{76})/g, "$1 ");
  for (const authorization of [
    `Bearer ${bearer}`,
    `bearer ${bearer}`,
    `Bearer  ${bearer}`,
    `Bearer ${inLines}`,
    `Bearer ${bearer}`,
  ]) {
    assert.equal(said(await pay({ headers: { authorization } })), "201 INS-0");
  }
});

test("a fresh ciphertext for every request is as good as one that is sent again", async () => {
  const reply = await openSession({ bearer: town.encrypt(town.facts.apiKey) });
  const sessionKey = reply.body["output_SessionID"] ?? "";
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => pay({ bearer: town.encrypt(sessionKey) })),
  );
  assert.deepEqual(new Set(replies.map(said)), new Set(["201 INS-0"]));
});

test("an application moves the money of its own organisations alone", async () => {
  await registerOrganisations(town.platform.payments(rail("sandbox", "vodacomTZN")).context, [
    { shortcode: "112244", name: "Somebody else" },
  ]);
  const { apiKey } = await makeApplication(town, { shortcodes: ["000000"] });
  const bearer = await town.session("vodacomTZN", apiKey);
  const payTo = (shortcode: string) =>
    town.call("POST", "c2bPayment/singleStage/", c2b(town, { input_ServiceProviderCode: shortcode }), {
      bearer,
    });
  assert.equal(said(await payTo("000000")), "201 INS-0");
  assert.equal(said(await payTo("112244")), "400 INS-13");
});
