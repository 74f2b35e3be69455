/** Sessions: bought once, shared, renewed when they end, waited for while they are not live; and never a second payment. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../test/town/prompts.ts";
import type { Server } from "../../test/town/server.ts";
import { newReference, type OpenApi, type Paid, type Result } from "../src/index.ts";
import {
  accepted,
  addressOf,
  answered,
  applicationOf,
  clientOf,
  openServer,
  shoes,
  till,
  wallet,
} from "./town/client.ts";

let place: Awaited<ReturnType<typeof openServer>>;
let server: Server;
let amina: string;
before(async () => {
  place = await openServer();
  ({ server } = place);
  amina = server.facts.markets.vodacomTZN.customers[0] ?? "";
});
after(() => place[Symbol.asyncDispose]());

const pay = (mpesa: OpenApi, amount = "1"): Promise<Result<Paid>> =>
  mpesa.collect({ ...shoes, amount, msisdn: amina });

const payMany = (mpesa: OpenApi, count: number): Promise<Result<Paid>[]> =>
  Promise.all(Array.from({ length: count }, () => pay(mpesa)));

/** How many requests of an application the log has, once it has as many as there were: it is written a moment later. */
async function logged(id: string, query: string, atLeast: number): Promise<number> {
  const count = (): Promise<number> => answered(server, `application=${id}&${query}`);
  await eventually(`${atLeast} of ${query}`, async () => ((await count()) >= atLeast ? true : undefined));
  return count();
}

const crowd = 1_000;

test("a thousand concurrent payments of one client share a session, and the money adds up", async () => {
  const { id, mpesa } = await applicationOf(server);
  const number = (index: number): string => `2557600${String(index).padStart(5, "0")}`;
  const customers = Array.from({ length: crowd }, (_, index) => ({ msisdn: number(index), balance: "2.00" }));
  await server.control("POST", "/markets/vodacomTZN/customers", { customers });
  const before = await till(server);

  const results = await Promise.all(
    customers.map(({ msisdn }, index) =>
      mpesa.collect({ ...shoes, amount: BigInt((index % 100) + 1), msisdn }),
    ),
  );

  const ids = new Set(results.map((result) => accepted(result).transactionId));
  assert.equal(ids.size, crowd);
  assert.equal(await till(server), before + BigInt((crowd / 100) * 5_050));
  await logged(id, "call=c2bSingle", crowd);
  assert.equal(await logged(id, "call=getSession", 1), 1);
});

test("sessions that end while calls are under way are renewed, and every payment is made once", async () => {
  const { id, mpesa } = await applicationOf(server, { sessionLifetimeSeconds: 60 });
  const before = await wallet(server, amina);
  const waves: Promise<Result<Paid>[]>[] = [];
  for (let wave = 0; wave < 4; wave += 1) {
    waves.push(payMany(mpesa, 25));
    if (wave > 0) await server.control("POST", "/clock/advance", { seconds: 61 });
    else await waves[0];
  }
  const results = (await Promise.all(waves)).flat();
  for (const result of results) accepted(result);
  accepted(await pay(mpesa));

  assert.equal(await wallet(server, amina), before - 101_00n);
  const sessions = await logged(id, "call=getSession", 2);
  assert(sessions >= 2 && sessions <= 4, `${sessions} sessions for three endings`);
  assert((await logged(id, "code=INS-989", 1)) >= 1, "nothing ended in mid-flight");
});

test("a session that was ended by hand is replaced", async () => {
  const { id, mpesa } = await applicationOf(server);
  accepted(await pay(mpesa));
  await server.control("DELETE", `/applications/${id}/sessions`);
  for (const result of await payMany(mpesa, 5)) accepted(result);
  assert.equal(await logged(id, "call=getSession", 2), 2);
});

test("a session whose lifetime is known is replaced before it ends", async () => {
  const { id, mpesa } = await applicationOf(server, {}, { sessionLifetimeMs: 300 });
  const endAt = Date.now() + 800;
  while (Date.now() < endAt) accepted(await pay(mpesa));
  assert((await logged(id, "call=getSession", 3)) >= 3);
  assert.equal(await answered(server, `application=${id}&code=INS-989`), 0);
});

/** Words are Pesarail's: nobody promises that another platform says why it lets nobody in. */
const wordless: typeof fetch = async (url, init) => {
  const response = await fetch(url, init);
  return response.status === 401 ? Response.json({ output_error: "Unauthorized" }, response) : response;
};

test("who comes back after both sessions have ended gets a new one at once", async () => {
  const lifetimes = { sessionLifetimeMs: 600, activationPatienceMs: 300, fetch: wordless };
  const { id, mpesa } = await applicationOf(server, {}, lifetimes);
  accepted(await pay(mpesa));
  const idle = performance.now() + 350;
  await eventually("the early purchase", async () => {
    if (performance.now() < idle) return undefined;
    accepted(await pay(mpesa));
    return (await answered(server, `application=${id}&call=getSession`)) > 1 ? true : undefined;
  });
  await server.control("DELETE", `/applications/${id}/sessions`);
  const late = performance.now() + 1_000;
  await eventually("the end of both", () => Promise.resolve(performance.now() > late ? true : undefined));
  accepted(await pay(mpesa));
});

test("a session that was bought, never used and has ended is replaced without a word from the platform", async () => {
  const { id, mpesa } = await applicationOf(server, {}, { activationPatienceMs: 50, fetch: wordless });
  assert.equal((await mpesa.session()).outcome, "accepted");
  await server.control("DELETE", `/applications/${id}/sessions`);
  const late = performance.now() + 60;
  await eventually("patience", () => Promise.resolve(performance.now() > late ? true : undefined));
  accepted(await pay(mpesa));
});

test("a platform that calls every new session ended is asked a few times, and then believed", async () => {
  let asked = 0;
  const { mpesa } = await applicationOf(
    server,
    {},
    {
      fetch: async (url, init) => {
        if (addressOf(url).includes("/getSession/")) return fetch(url, init);
        asked += 1;
        const because = asked % 2 === 0 ? "The session has expired." : "Unauthorized";
        return Response.json({ output_error: because }, { status: 401 });
      },
    },
  );
  const result = await pay(mpesa);
  assert.equal(result.outcome, "refused");
  assert(asked <= 6, `${asked} times`);
});

test("a machine whose clock is set back waits no longer for a session", async (t) => {
  const { mpesa } = await applicationOf(
    server,
    {},
    {
      activationPatienceMs: 400,
      fetch: (url, init) => {
        if (addressOf(url).includes("/getSession/")) return fetch(url, init);
        return Promise.resolve(Response.json({ output_error: "Unauthorized" }, { status: 401 }));
      },
    },
  );
  assert.equal((await mpesa.session()).outcome, "accepted");
  const now = Date.now();
  t.mock.method(Date, "now", () => now - 3_600_000);
  const startedAt = performance.now();
  assert.equal((await pay(mpesa)).outcome, "refused");
  assert(performance.now() - startedAt < 5_000);
});

test("a payment that failed is no refusal by authentication: 401 INS-6 is sent once", async () => {
  const { mpesa } = await applicationOf(server);
  accepted(await pay(mpesa));
  const reference = newReference();
  const result = await mpesa.collect({ ...shoes, amount: "1", msisdn: "000000000004", reference });
  assert(result.outcome === "refused" && result.code === "INS-6", JSON.stringify(result));
  assert.equal(result.httpStatus, 401);
  const sent = (): Promise<number> => answered(server, `reference=${reference}`);
  await eventually("the log", async () => ((await sent()) > 0 ? true : undefined));
  assert.equal(await sent(), 1);
});

test("who may not come in is told why at once, and nobody's money moves", async () => {
  const before = await till(server);
  const revoked = await applicationOf(server);
  accepted(await pay(revoked.mpesa));
  await server.control("DELETE", `/applications/${revoked.id}`);
  const elsewhere = await applicationOf(server, { trustedSources: ["10.0.0.1"] });
  const otherOrigin = await applicationOf(server, { trustedOrigins: ["shop.example"] });
  // prettier-ignore
  const table: [mpesa: OpenApi, says: RegExp][] = [
    [clientOf(server, { apiKey: "x".repeat(32) }), /not made from a key that is valid here/],
    [revoked.mpesa,                                /revoked|ended|valid here/],
    [elsewhere.mpesa,                              /not one of the application's trusted sources/],
    [otherOrigin.mpesa,                            /Origin header/],
  ];
  for (const [mpesa, says] of table) {
    const startedAt = Date.now();
    const result = await pay(mpesa);
    assert(result.outcome === "refused" && result.code === "INS-989", JSON.stringify(result));
    assert.match(result.reason, says);
    assert.match(result.advice, /trusted sources/);
    assert(Date.now() - startedAt < 5_000, "it waited for a session that can never be");
    assert.equal((await mpesa.session()).outcome, "refused");
  }
  assert.equal(await till(server), before + 1_00n);

  await server.control("PATCH", `/applications/${otherOrigin.id}`, { trustedOrigins: [] });
  accepted(
    await eventually("the change", async () => {
      const result = await pay(otherOrigin.mpesa);
      return result.outcome === "accepted" ? result : undefined;
    }),
  );
});

test("a session that is not live yet is waited for: by one call, for all of them, and without a payment twice", async () => {
  await using slow = await openServer({ SANDBOX_ACTIVATION_DELAY: "30s" });
  const count = (query: string): Promise<number> => answered(slow.server, query);
  const untilLogged = (query: string, atLeast: number): Promise<true> =>
    eventually(`${atLeast} of ${query}`, async () => ((await count(query)) >= atLeast ? true : undefined));
  const halfAMinute = (): Promise<unknown> => slow.server.control("POST", "/clock/advance", { seconds: 31 });

  const mpesa = clientOf(slow.server);
  const before = await wallet(slow.server, amina);
  const waiting = payMany(mpesa, 40);
  await untilLogged("code=INS-989", 42);
  await halfAMinute();
  for (const result of await waiting) accepted(result);
  assert.equal(await wallet(slow.server, amina), before - 40_00n);
  await untilLogged("call=c2bSingle&code=INS-0", 40);
  const tries = await count("code=INS-989");
  assert(tries <= 120, `${tries} refusals: all of them tried all the time`);
  assert.equal(await count("call=getSession"), 1);

  // The next session is bought early and used late: nobody waits for it.
  const renewing = clientOf(slow.server, { sessionLifetimeMs: 2_000 });
  const openedAt = Date.now();
  const first = pay(renewing);
  await untilLogged("code=INS-989", tries + 1);
  await halfAMinute();
  accepted(await first);
  const triesOfTwo = await count("code=INS-989");
  while ((await count("call=getSession")) < 3) accepted(await pay(renewing));
  await halfAMinute();
  while (Date.now() < openedAt + 2_100) accepted(await pay(renewing));
  assert.equal(await count("code=INS-989"), triesOfTwo);

  const impatient = await pay(clientOf(slow.server, { activationPatienceMs: 300 }));
  assert(impatient.outcome === "refused" && impatient.code === "INS-989", JSON.stringify(impatient));
  assert.match(impatient.reason, /not live yet/);
});
