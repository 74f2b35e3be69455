/** USSD sessions: owner, timeout and limit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandsetState, HandsetService } from "../../handset/handset-api.ts";
import { railFor } from "../../core/rails.ts";
import { getWords } from "../../words/index.ts";
import { ussdMenuCode } from "./ussd-menu.ts";
import { createUssdSessions, type HandsetConnection } from "./ussd-sessions.ts";

function createConnection(msisdn: string, source = "127.0.0.1"): HandsetConnection {
  const handsets = {
    getState: async () => ({ signal: "on" }) as HandsetState,
    getBalance: async (_msisdn: string, pin: string) =>
      pin === "1234"
        ? ({ outcome: "accepted", available: "10.00", held: "0.00" } as const)
        : ({ outcome: "wrong_pin", left: 2 } as const),
  };
  return {
    rail: railFor("sandbox", "vodacomTZN"),
    source,
    msisdn,
    handsets: handsets as unknown as HandsetService,
    words: getWords("en"),
  };
}

test("a session lasts while inputs arrive, and times out after two minutes without one", async () => {
  let now = 0;
  const ussd = createUssdSessions(() => now);
  const amina = createConnection("255750000006");
  const menu = await ussd.dial(amina, ussdMenuCode);
  now += 119_000;
  const pin = await ussd.sendInput(amina, menu.session ?? "", "1");
  assert.equal(pin.reply, "pin");
  assert.equal(ussd.expectsPin(pin.session ?? ""), true);
  now += 119_000;
  assert.match((await ussd.sendInput(amina, pin.session ?? "", "1234")).text, /TZS 10\.00/);

  const secondMenu = await ussd.dial(amina, ussdMenuCode);
  now += 121_000;
  assert.match((await ussd.sendInput(amina, secondMenu.session ?? "", "1")).text, /timed out/);
});

test("a session rejects input from another handset, and the last screen has no session", async () => {
  const ussd = createUssdSessions();
  const [amina, baraka] = [createConnection("255750000006"), createConnection("255750000007")];
  const { session } = await ussd.dial(amina, ussdMenuCode);
  assert.match((await ussd.sendInput(baraka, session ?? "", "1")).text, /timed out/);
  const pin = await ussd.sendInput(amina, session ?? "", "1");
  const end = await ussd.sendInput(amina, pin.session ?? "", "9999");
  assert.deepEqual(end, { text: "Wrong PIN. 2 tries are left.", reply: null, session: null });
  assert.equal((await ussd.dial(amina, "*100#")).session, null);
});

test("a handset has four sessions: the next dial closes its own oldest, and no other handset's", async () => {
  const ussd = createUssdSessions();
  const [amina, baraka] = [createConnection("255750000006"), createConnection("255750000007")];
  const other = await ussd.dial(baraka, ussdMenuCode);
  const menus = [];
  for (let dialled = 0; dialled < 5; dialled += 1) menus.push(await ussd.dial(amina, ussdMenuCode));
  assert.match((await ussd.sendInput(amina, menus[0]?.session ?? "", "1")).text, /timed out/);
  assert.equal((await ussd.sendInput(amina, menus[1]?.session ?? "", "1")).reply, "pin");
  assert.equal((await ussd.sendInput(baraka, other.session ?? "", "1")).reply, "pin");
});

test("above the limit, the client with the most sessions loses its oldest", async () => {
  const ussd = createUssdSessions();
  const toMsisdn = (index: number): string => String(255_750_100_000 + index);
  const amina = createConnection("255750000006", "10.0.0.1");
  const menu = await ussd.dial(amina, ussdMenuCode);
  const flooding: string[] = [];
  for (let index = 0; index < 2000; index += 1) {
    const { session } = await ussd.dial(createConnection(toMsisdn(index), "10.0.0.2"), ussdMenuCode);
    flooding.push(session ?? "");
  }
  const flood = (index: number) =>
    ussd.sendInput(createConnection(toMsisdn(index), "10.0.0.2"), flooding[index] ?? "", "1");
  assert.match((await flood(0)).text, /timed out/);
  assert.equal((await flood(1)).reply, "pin");
  assert.equal((await ussd.sendInput(amina, menu.session ?? "", "1")).reply, "pin");
});
