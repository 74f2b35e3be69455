/** Live handsets on the built-in page: an operator enrols and unlocks them, and they always need a PIN. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerSecond } from "../../src/core/clock.ts";
import { railFor } from "../../src/core/rails.ts";
import { expireHolds } from "../../src/payments/expire-holds.ts";
import { testSecretKey } from "../support/cluster.ts";
import { Installation, type CommandResult } from "../support/installation.ts";
import { waitFor } from "../support/prompts.ts";
import {
  createTestSandbox,
  createReference,
  type TestSandbox,
  type TestSandboxOptions,
} from "../support/sandbox.ts";

const live = railFor("live", "vodacomTZN");
const msisdn = "255754000002";
const pin = "135790";

/** A sandbox and its operator's commands. */
async function createOperatorConsole(options: TestSandboxOptions = {}) {
  const sandbox = await createTestSandbox(options);
  const installation = new Installation({
    DATABASE_URL: sandbox.databaseUrl,
    SECRET_KEY: testSecretKey.toString("hex"),
  });
  const admin = async (...args: string[]): Promise<CommandResult> =>
    installation.runCommand("admin", ...args);
  const runAdmin = async (...args: string[]): Promise<string> => {
    const result = await admin(...args);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };
  return {
    sandbox,
    admin,
    done: runAdmin,
    async [Symbol.asyncDispose]() {
      await installation[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

const customerOptions = ["--market", "vodacomTZN", "--msisdn", msisdn] as const;

async function registerParties(runAdmin: (...args: string[]) => Promise<string>): Promise<void> {
  await runAdmin(
    "organisation",
    "create",
    "--market",
    "vodacomTZN",
    "--shortcode",
    "400001",
    "--name",
    "Duka Kuu",
  );
  await runAdmin(
    "customer",
    "create",
    ...customerOptions,
    "--first-name",
    "Imani",
    "--last-name",
    "Komba",
    "--answer",
    "ask",
  );
  await runAdmin("customer", "deposit", ...customerOptions, "--amount", "100.00", "--reason", "Cash");
}

const collectFrom = ({ platform }: TestSandbox) =>
  platform.payments(live).collect({
    id: platform.newId(),
    operation: "c2bSingle",
    caller: { applicationId: 1n, session: "ab", shortcodes: null, protocol: "openapi-v2", endpoints: null },
    limits: {},
    organisation: "400001",
    organisationAccount: "working",
    reference: createReference(),
    simulation: null,
    customerReference: "Invoice 7",
    description: "",
    msisdn,
    amountMinor: 12_50n,
  });

test("a live customer with a handset on the page gets the prompt there, and pays with the enrolled PIN", async () => {
  await using operator = await createOperatorConsole({ handsets: { liveHandsets: "built-in" } });
  const { sandbox, done: runAdmin, admin } = operator;
  await registerParties(runAdmin);
  const enrol = ["customer", "enrol-handset", msisdn, "--market", "vodacomTZN"] as const;
  const enrolment = JSON.parse(await runAdmin(...enrol, "--pin", pin, "--json")) as Record<string, string>;
  const handsets = sandbox.platform.handsets(live);
  await collectFrom(sandbox);
  const { paymentId } = await waitFor("a prompt", async () => (await handsets.getState(msisdn))?.prompts[0]);
  const enterPin = (typed: string) =>
    handsets.answerPrompt({ msisdn, paymentId, reply: "approve", pin: typed });
  assert.deepEqual(await enterPin("1234"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await enterPin(pin), { outcome: "accepted" });
  assert.match(
    (await handsets.getState(msisdn))?.messages[0]?.text ?? "",
    /: you paid TZS 12\.50 to Duka Kuu/,
  );

  for (const wrong of ["0000", "0000", "0000"]) await handsets.checkPin(msisdn, wrong);
  assert.equal((await handsets.checkPin(msisdn, pin)).outcome, "locked");
  await runAdmin("customer", "unlock-handset", msisdn, "--market", "vodacomTZN");
  assert.equal((await handsets.checkPin(msisdn, pin)).outcome, "accepted");

  const { secret = "", page } = enrolment;
  assert.equal(page, `/handset/live/vodacomTZN/${msisdn}`);
  assert.notEqual(await handsets.enrol(msisdn, secret), null);

  const unknownCustomer = ["255754999999", "--market", "vodacomTZN"];
  assert.match(
    (await admin("customer", "enrol-handset", ...unknownCustomer)).stderr,
    /is not registered in vodacomTZN/,
  );
  assert.match((await admin("customer", "unlock-handset", ...unknownCustomer)).stderr, /has no handset/);
  assert.equal((await admin(...enrol, "--pin", "12")).code, 2);
  const audit = await runAdmin("audit");
  assert.match(audit, /customer unlock-handset/);
  assert.doesNotMatch(audit, new RegExp(`${pin}|${secret}`));
});

test("without a transport for live handsets, prompts expire and messages wait", async () => {
  await using operator = await createOperatorConsole();
  const { sandbox, done: runAdmin } = operator;
  await registerParties(runAdmin);
  await runAdmin("customer", "enrol-handset", msisdn, "--market", "vodacomTZN");
  const { id } = await collectFrom(sandbox);
  const handsets = sandbox.platform.handsets(live);
  sandbox.clock.advance(90 * msPerSecond);
  await expireHolds(sandbox.platform.payments(live), sandbox.platform.newId);
  const { sql } = sandbox.platform.payments(live).context;
  const [row] = await sql<{ refusal: string; displayed: boolean }[]>`
    select refusal, shown_at is not null as displayed from payments join prompts on payment_id = id where id = ${id}`;
  assert.deepEqual(row, { refusal: "prompt_undelivered", displayed: false });
  assert.deepEqual((await handsets.getState(msisdn))?.ended, []);
});
