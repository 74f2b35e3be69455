/** Sessions: requested once, shared, renewed, awaited until active; and no payment is made twice. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "../../test/support/prompts.ts";
import type { Server } from "../../test/support/server.ts";
import { createReference, type MpesaOpenApi, type Paid, type Result } from "../src/index.ts";
import {
  expectAccepted,
  toUrl,
  countRequests,
  createApplicationClient,
  createClient,
  startTestServer,
  shoes,
  getTillBalance,
  getWalletBalance,
} from "./support/client.ts";

let fixture: Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
let amina: string;
before(async () => {
  fixture = await startTestServer();
  ({ server } = fixture);
  amina = server.clientInfo.markets.vodacomTZN.customers[0] ?? "";
});
after(() => fixture[Symbol.asyncDispose]());

const pay = (mpesa: MpesaOpenApi, amount = "1"): Promise<Result<Paid>> =>
  mpesa.collect({ ...shoes, amount, msisdn: amina });

const payMany = (mpesa: MpesaOpenApi, count: number): Promise<Result<Paid>[]> =>
  Promise.all(Array.from({ length: count }, () => pay(mpesa)));

/** Waits until the log has at least this many requests (it is written with a delay), and returns their number. */
async function waitForLog(id: string, query: string, atLeast: number): Promise<number> {
  const count = (): Promise<number> => countRequests(server, `application=${id}&${query}`);
  await waitFor(`${atLeast} of ${query}`, async () => ((await count()) >= atLeast ? true : undefined));
  return count();
}

const crowd = 1_000;

test("a thousand concurrent payments of one client share one session, and the balances match", async () => {
  const { id, mpesa } = await createApplicationClient(server);
  const number = (index: number): string => `2557600${String(index).padStart(5, "0")}`;
  const customers = Array.from({ length: crowd }, (_, index) => ({ msisdn: number(index), balance: "2.00" }));
  await server.control("POST", "/markets/vodacomTZN/customers", { customers });
  const before = await getTillBalance(server);

  const results = await Promise.all(
    customers.map(({ msisdn }, index) =>
      mpesa.collect({ ...shoes, amount: BigInt((index % 100) + 1), msisdn }),
    ),
  );

  const ids = new Set(results.map((result) => expectAccepted(result).transactionId));
  assert.equal(ids.size, crowd);
  assert.equal(await getTillBalance(server), before + BigInt((crowd / 100) * 5_050));
  await waitForLog(id, "call=c2bSingle", crowd);
  assert.equal(await waitForLog(id, "call=getSession", 1), 1);
});

test("sessions that expire during calls are renewed, and every payment is made once", async () => {
  const { id, mpesa } = await createApplicationClient(server, { sessionLifetimeSeconds: 60 });
  const before = await getWalletBalance(server, amina);
  const waves: Promise<Result<Paid>[]>[] = [];
  for (let wave = 0; wave < 4; wave += 1) {
    waves.push(payMany(mpesa, 25));
    if (wave > 0) await server.control("POST", "/clock/advance", { seconds: 61 });
    else await waves[0];
  }
  const results = (await Promise.all(waves)).flat();
  for (const result of results) expectAccepted(result);
  expectAccepted(await pay(mpesa));

  assert.equal(await getWalletBalance(server, amina), before - 101_00n);
  const sessions = await waitForLog(id, "call=getSession", 2);
  assert(sessions >= 2 && sessions <= 4, `${sessions} sessions for three expiries`);
  assert((await waitForLog(id, "code=INS-989", 1)) >= 1, "no session expired during a call");
});

test("a revoked session is replaced", async () => {
  const { id, mpesa } = await createApplicationClient(server);
  expectAccepted(await pay(mpesa));
  await server.control("DELETE", `/applications/${id}/sessions`);
  for (const result of await payMany(mpesa, 5)) expectAccepted(result);
  assert.equal(await waitForLog(id, "call=getSession", 2), 2);
});

test("a session with a known lifetime is renewed before it expires", async () => {
  const { id, mpesa } = await createApplicationClient(server, {}, { sessionLifetimeMs: 300 });
  const endAt = Date.now() + 800;
  while (Date.now() < endAt) expectAccepted(await pay(mpesa));
  assert((await waitForLog(id, "call=getSession", 3)) >= 3);
  assert.equal(await countRequests(server, `application=${id}&code=INS-989`), 0);
});

/** Hides Pesarail's error texts, because another platform may not give a reason with 401. */
const withoutErrorText: typeof fetch = async (url, init) => {
  const response = await fetch(url, init);
  return response.status === 401 ? Response.json({ output_error: "Unauthorized" }, response) : response;
};

test("after both sessions have ended, the client requests a new one at once", async () => {
  const lifetimes = { sessionLifetimeMs: 600, activationTimeoutMs: 300, fetch: withoutErrorText };
  const { id, mpesa } = await createApplicationClient(server, {}, lifetimes);
  expectAccepted(await pay(mpesa));
  const idle = performance.now() + 350;
  await waitFor("the early renewal", async () => {
    if (performance.now() < idle) return undefined;
    expectAccepted(await pay(mpesa));
    return (await countRequests(server, `application=${id}&call=getSession`)) > 1 ? true : undefined;
  });
  await server.control("DELETE", `/applications/${id}/sessions`);
  const late = performance.now() + 1_000;
  await waitFor("the end of both", () => Promise.resolve(performance.now() > late ? true : undefined));
  expectAccepted(await pay(mpesa));
});

test("an unused session that has ended is replaced, even if the platform gives no reason", async () => {
  const { id, mpesa } = await createApplicationClient(
    server,
    {},
    { activationTimeoutMs: 50, fetch: withoutErrorText },
  );
  assert.equal((await mpesa.getSession()).outcome, "accepted");
  await server.control("DELETE", `/applications/${id}/sessions`);
  const late = performance.now() + 60;
  await waitFor("the activation timeout", () => Promise.resolve(performance.now() > late ? true : undefined));
  expectAccepted(await pay(mpesa));
});

test("if the platform reports every new session as ended, the client stops after a few attempts", async () => {
  let requests = 0;
  const { mpesa } = await createApplicationClient(
    server,
    {},
    {
      fetch: async (url, init) => {
        if (toUrl(url).includes("/getSession/")) return fetch(url, init);
        requests += 1;
        const error = requests % 2 === 0 ? "The session has expired." : "Unauthorized";
        return Response.json({ output_error: error }, { status: 401 });
      },
    },
  );
  const result = await pay(mpesa);
  assert.equal(result.outcome, "refused");
  assert(requests <= 6, `${requests} requests`);
});

test("setting the clock back does not make the client wait longer for a session", async (t) => {
  const { mpesa } = await createApplicationClient(
    server,
    {},
    {
      activationTimeoutMs: 400,
      fetch: (url, init) => {
        if (toUrl(url).includes("/getSession/")) return fetch(url, init);
        return Promise.resolve(Response.json({ output_error: "Unauthorized" }, { status: 401 }));
      },
    },
  );
  assert.equal((await mpesa.getSession()).outcome, "accepted");
  const now = Date.now();
  t.mock.method(Date, "now", () => now - 3_600_000);
  const startedAt = performance.now();
  assert.equal((await pay(mpesa)).outcome, "refused");
  assert(performance.now() - startedAt < 5_000);
});

test("401 INS-6 is a failed payment, not a failed authentication: it is sent once", async () => {
  const { mpesa } = await createApplicationClient(server);
  expectAccepted(await pay(mpesa));
  const reference = createReference();
  const result = await mpesa.collect({ ...shoes, amount: "1", msisdn: "000000000004", reference });
  assert(result.outcome === "refused" && result.code === "INS-6", JSON.stringify(result));
  assert.equal(result.httpStatus, 401);
  const sent = (): Promise<number> => countRequests(server, `reference=${reference}`);
  await waitFor("the log", async () => ((await sent()) > 0 ? true : undefined));
  assert.equal(await sent(), 1);
});

test("a failed authentication is refused at once with the reason, and no money moves", async () => {
  const before = await getTillBalance(server);
  const revoked = await createApplicationClient(server);
  expectAccepted(await pay(revoked.mpesa));
  await server.control("DELETE", `/applications/${revoked.id}`);
  const elsewhere = await createApplicationClient(server, { trustedSources: ["10.0.0.1"] });
  const otherOrigin = await createApplicationClient(server, { trustedOrigins: ["shop.example"] });
  // prettier-ignore
  const table: [mpesa: MpesaOpenApi, reason: RegExp][] = [
    [createClient(server, { apiKey: "x".repeat(32) }), /not made from a key that is valid here/],
    [revoked.mpesa,                                /revoked|ended|valid here/],
    [elsewhere.mpesa,                              /not one of the application's trusted sources/],
    [otherOrigin.mpesa,                            /Origin header/],
  ];
  for (const [mpesa, reason] of table) {
    const startedAt = Date.now();
    const result = await pay(mpesa);
    assert(result.outcome === "refused" && result.code === "INS-989", JSON.stringify(result));
    assert.match(result.reason, reason);
    assert.match(result.advice, /trusted sources/);
    assert(Date.now() - startedAt < 5_000, "the client waited for a session that cannot become active");
    assert.equal((await mpesa.getSession()).outcome, "refused");
  }
  assert.equal(await getTillBalance(server), before + 1_00n);

  await server.control("PATCH", `/applications/${otherOrigin.id}`, { trustedOrigins: [] });
  expectAccepted(
    await waitFor("the change", async () => {
      const result = await pay(otherOrigin.mpesa);
      return result.outcome === "accepted" ? result : undefined;
    }),
  );
});

test("one call waits for a new session to become active, on behalf of all, and no payment is made twice", async () => {
  await using slow = await startTestServer({ SANDBOX_ACTIVATION_DELAY: "30s" });
  const count = (query: string): Promise<number> => countRequests(slow.server, query);
  const untilLogged = (query: string, atLeast: number): Promise<true> =>
    waitFor(`${atLeast} of ${query}`, async () => ((await count(query)) >= atLeast ? true : undefined));
  const advanceHalfAMinute = (): Promise<unknown> =>
    slow.server.control("POST", "/clock/advance", { seconds: 31 });

  const mpesa = createClient(slow.server);
  const before = await getWalletBalance(slow.server, amina);
  const waiting = payMany(mpesa, 40);
  await untilLogged("code=INS-989", 42);
  await advanceHalfAMinute();
  for (const result of await waiting) expectAccepted(result);
  assert.equal(await getWalletBalance(slow.server, amina), before - 40_00n);
  await untilLogged("call=c2bSingle&code=INS-0", 40);
  const tries = await count("code=INS-989");
  assert(tries <= 120, `${tries} refusals: every call retried`);
  assert.equal(await count("call=getSession"), 1);

  // The next session is requested early and used late, so no call waits for it.
  const renewing = createClient(slow.server, { sessionLifetimeMs: 2_000 });
  const openedAt = Date.now();
  const first = pay(renewing);
  await untilLogged("code=INS-989", tries + 1);
  await advanceHalfAMinute();
  expectAccepted(await first);
  const refusals = await count("code=INS-989");
  while ((await count("call=getSession")) < 3) expectAccepted(await pay(renewing));
  await advanceHalfAMinute();
  while (Date.now() < openedAt + 2_100) expectAccepted(await pay(renewing));
  assert.equal(await count("code=INS-989"), refusals);

  const impatient = await pay(createClient(slow.server, { activationTimeoutMs: 300 }));
  assert(impatient.outcome === "refused" && impatient.code === "INS-989", JSON.stringify(impatient));
  assert.match(impatient.reason, /not live yet/);
});
