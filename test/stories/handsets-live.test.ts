/** Live handsets on the built-in page: given, enrolled and unlocked by an operator, and never without a PIN. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { second } from "../../src/clock.ts";
import { rail } from "../../src/money.ts";
import { expireHolds } from "../../src/payments/expiry.ts";
import { testSecretKey } from "../town/cluster.ts";
import { Installation, type Ran } from "../town/installation.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Town, type TownOptions } from "../town/town.ts";

const live = rail("live", "vodacomTZN");
const msisdn = "255754000002";
const pin = "135790";

/** A town, and the commands of its operator. */
async function openDesk(options: TownOptions = {}) {
  const town = await openTown(options);
  const place = new Installation({
    DATABASE_URL: town.databaseUrl,
    SECRET_KEY: testSecretKey.toString("hex"),
  });
  const admin = async (...args: string[]): Promise<Ran> => place.command("admin", ...args);
  const done = async (...args: string[]): Promise<string> => {
    const ran = await admin(...args);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  };
  return {
    town,
    admin,
    done,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await town[Symbol.asyncDispose]();
    },
  };
}

const where = ["--market", "vodacomTZN", "--msisdn", msisdn] as const;

async function settle(done: (...args: string[]) => Promise<string>): Promise<void> {
  await done(
    "organisation",
    "create",
    "--market",
    "vodacomTZN",
    "--shortcode",
    "400001",
    "--name",
    "Duka Kuu",
  );
  await done(
    "customer",
    "create",
    ...where,
    "--first-name",
    "Imani",
    "--last-name",
    "Komba",
    "--answer",
    "ask",
  );
  await done("customer", "deposit", ...where, "--amount", "100.00", "--reason", "Cash");
}

const collects = ({ platform }: Town) =>
  platform.payments(live).collect({
    id: platform.newId(),
    product: "c2bSingle",
    caller: { applicationId: 1n, session: "ab", shortcodes: null, protocol: "openapi-v2", responseUrl: null },
    scope: {},
    organisation: "400001",
    reference: reference(),
    scenario: null,
    customerReference: "Invoice 7",
    description: "",
    msisdn,
    amountMinor: 12_50n,
  });

test("a live customer with a handset on the page is asked there, and pays with the PIN they were given", async () => {
  await using desk = await openDesk({ handsets: { liveHandsets: "built-in" } });
  const { town, done, admin } = desk;
  await settle(done);
  const enrol = ["customer", "enrol-handset", msisdn, "--market", "vodacomTZN"] as const;
  const given = JSON.parse(await done(...enrol, "--pin", pin, "--json")) as Record<string, string>;
  const phones = town.platform.phones(live);
  await collects(town);
  const { paymentId } = await eventually("a prompt", async () => (await phones.state(msisdn))?.prompts[0]);
  const guess = (typed: string) => phones.answer({ msisdn, paymentId, says: "approve", pin: typed });
  assert.deepEqual(await guess("1234"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await guess(pin), { outcome: "accepted" });
  assert.match((await phones.state(msisdn))?.messages[0]?.text ?? "", /: you paid TZS 12\.50 to Duka Kuu/);

  for (const wrong of ["0000", "0000", "0000"]) await phones.checkPin(msisdn, wrong);
  assert.equal((await phones.checkPin(msisdn, pin)).outcome, "locked");
  await done("customer", "unlock-handset", msisdn, "--market", "vodacomTZN");
  assert.equal((await phones.checkPin(msisdn, pin)).outcome, "accepted");

  const { secret = "", page } = given;
  assert.equal(page, `/handset/live/vodacomTZN/${msisdn}`);
  assert.notEqual(await phones.enrol(msisdn, secret), null);

  const stranger = ["255754999999", "--market", "vodacomTZN"];
  assert.match((await admin("customer", "enrol-handset", ...stranger)).stderr, /is nobody's in vodacomTZN/);
  assert.match((await admin("customer", "unlock-handset", ...stranger)).stderr, /has no handset/);
  assert.equal((await admin(...enrol, "--pin", "12")).code, 2);
  const audit = await done("audit");
  assert.match(audit, /customer unlock-handset/);
  assert.doesNotMatch(audit, new RegExp(`${pin}|${secret}`));
});

test("while nobody carries to live handsets, prompts expire and messages wait", async () => {
  await using desk = await openDesk();
  const { town, done } = desk;
  await settle(done);
  await done("customer", "enrol-handset", msisdn, "--market", "vodacomTZN");
  const { id } = await collects(town);
  const phones = town.platform.phones(live);
  town.clock.advance(90 * second);
  await expireHolds(town.platform.payments(live), town.platform.newId);
  const { sql } = town.platform.payments(live).context;
  const [row] = await sql<{ refusal: string; shown: boolean }[]>`
    select refusal, shown_at is not null as shown from payments join prompts on payment_id = id where id = ${id}`;
  assert.deepEqual(row, { refusal: "customer_did_not_answer", shown: false });
  assert.deepEqual((await phones.state(msisdn))?.ended, []);
});
