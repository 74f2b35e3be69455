/** USSD sessions: owner, timeout and limit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandsetState, HandsetService } from "../../handset/handset-api.ts";
import { railFor } from "../../core/rails.ts";
import { getWords } from "../../words/index.ts";
import { ussdMenuCode } from "./ussd-menu.ts";
import { createUssdSessions, type HandsetConnection } from "./ussd-sessions.ts";

function createConnection(msisdn: string): HandsetConnection {
  const handsets = {
    getState: async () => ({ signal: "on" }) as HandsetState,
    getBalance: async (_msisdn: string, pin: string) =>
      pin === "1234"
        ? ({ outcome: "accepted", available: "10.00", held: "0.00" } as const)
        : ({ outcome: "wrong_pin", left: 2 } as const),
  };
  return {
    rail: railFor("sandbox", "vodacomTZN"),
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

test("above the limit, the session with the oldest input is closed", async () => {
  const ussd = createUssdSessions();
  const amina = createConnection("255750000006");
  const first = await ussd.dial(amina, ussdMenuCode);
  const second = await ussd.dial(amina, ussdMenuCode);
  for (let dialled = 0; dialled < 1999; dialled += 1) await ussd.dial(amina, ussdMenuCode);
  assert.match((await ussd.sendInput(amina, first.session ?? "", "1")).text, /timed out/);
  assert.equal((await ussd.sendInput(amina, second.session ?? "", "1")).reply, "pin");
});
