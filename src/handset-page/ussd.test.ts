/** Sessions of the menu: whose they are, how long they last, and that they are never too many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PhoneState, Phones } from "../handset/phone.ts";
import { rail } from "../money.ts";
import { menuCode } from "./menu.ts";
import { openUssd, type Line } from "./ussd.ts";

function line(msisdn: string): Line {
  const phones = {
    state: async () => ({ signal: "on" }) as PhoneState,
    balance: async (_msisdn: string, pin: string) =>
      pin === "1234"
        ? ({ outcome: "accepted", available: "10.00", held: "0.00" } as const)
        : ({ outcome: "wrong_pin", left: 2 } as const),
  };
  return { rail: rail("sandbox", "vodacomTZN"), msisdn, phones: phones as unknown as Phones };
}

test("a session goes on while somebody answers, and is over after two minutes without", async () => {
  let now = 0;
  const ussd = openUssd(() => now);
  const amina = line("255750000006");
  const menu = await ussd.dial(amina, menuCode);
  now += 119_000;
  const pin = await ussd.reply(amina, menu.session ?? "", "1");
  assert.equal(pin.reply, "pin");
  assert.equal(ussd.asksForPin(pin.session ?? ""), true);
  now += 119_000;
  assert.match((await ussd.reply(amina, pin.session ?? "", "1234")).text, /TZS 10\.00/);

  const again = await ussd.dial(amina, menuCode);
  now += 121_000;
  assert.match((await ussd.reply(amina, again.session ?? "", "1")).text, /timed out/);
});

test("nobody answers in another one's session, and the last screen has none", async () => {
  const ussd = openUssd();
  const [amina, baraka] = [line("255750000006"), line("255750000007")];
  const { session } = await ussd.dial(amina, menuCode);
  assert.match((await ussd.reply(baraka, session ?? "", "1")).text, /timed out/);
  const pin = await ussd.reply(amina, session ?? "", "1");
  const end = await ussd.reply(amina, pin.session ?? "", "9999");
  assert.deepEqual(end, { text: "Wrong PIN. 2 tries are left.", reply: null, session: null });
  assert.equal((await ussd.dial(amina, "*100#")).session, null);
});

test("of more sessions than there is room for, the one that waited longest is hung up on", async () => {
  const ussd = openUssd();
  const amina = line("255750000006");
  const first = await ussd.dial(amina, menuCode);
  const second = await ussd.dial(amina, menuCode);
  for (let dialled = 0; dialled < 1999; dialled += 1) await ussd.dial(amina, menuCode);
  assert.match((await ussd.reply(amina, first.session ?? "", "1")).text, /timed out/);
  assert.equal((await ussd.reply(amina, second.session ?? "", "1")).reply, "pin");
});
