/** A customer pays a paybill and a till in the menu of their handset's page, in Kenya. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  accept,
  answerWith,
  createMerchant,
  getKenyanBalances,
  getKenyanPayments,
  holdAnswers,
  kenya,
} from "../support/c2b.ts";
import { createTestListener } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** Njeri, a seeded customer with a handset. */
const njeri = { msisdn: "254722000006", pin: "1234" };

interface MenuScreen {
  readonly session: string | null;
  readonly text: string;
}

/** Dials the code, types the inputs, and returns the texts of all screens. */
async function type(...inputs: readonly string[]): Promise<string[]> {
  const send = async (body: object): Promise<MenuScreen> => {
    const response = await fetch(`${sandbox.url}/handset/${kenya}/${njeri.msisdn}/ussd`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: sandbox.url },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as MenuScreen;
  };
  const screens = [await send({ input: "*334#" })];
  for (const input of inputs) screens.push(await send({ session: screens.at(-1)?.session, input }));
  return screens.map(({ text }) => text);
}

const getTexts = async (): Promise<string[]> => {
  const handsets = sandbox.platform.handsets(getKenyanPayments(sandbox).context.rail);
  return (await handsets.getState(njeri.msisdn))?.messages.map(({ text }) => text) ?? [];
};

const getBalance = () => getKenyanBalances(sandbox, njeri.msisdn, "wallet");

test("a paybill is paid by its number, the account and the amount, with the PIN", async () => {
  const before = await getBalance();
  const screens = await type("6", "1", "600984", "POL-77", "150", njeri.pin);
  assert.deepEqual(screens, [
    "M-PESA\n1. Balance\n2. Last five payments\n3. Standing orders\n4. Change PIN\n5. Blocked businesses\n6. Lipa na M-PESA",
    "Lipa na M-PESA\n1. Pay Bill\n2. Buy Goods\n0. Back",
    "Enter business no.",
    "Enter account no.",
    "Enter amount",
    "Pay Ksh150 to Tausi Insurance (600984), account POL-77. Enter M-PESA PIN",
    "You paid Ksh150 to Tausi Insurance (600984), account POL-77.",
  ]);
  assert.equal((await getBalance()).available, before.available - 150_00n);
  const [receipt] = await getTexts();
  assert.match(
    receipt ?? "",
    /^[A-Z0-9]{10} Confirmed\. Ksh150\.00 sent to Tausi Insurance for account POL-77 on /,
  );
});

test("a till is paid by its number and the amount, and its confirmation says so", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const till = await createMerchant(sandbox, { kind: "till", confirmationUrl: listener.url });
  const screens = await type("6", "2", till, "20", njeri.pin);
  assert.equal(screens.at(-1), `You paid Ksh20 to Umoja Stores (${till}).`);
  const [confirmation] = await listener.waitForCallbacks(1);
  assert.equal(confirmation?.body["TransactionType"], "Buy Goods");
  assert.match((await getTexts())[0] ?? "", /Confirmed\. Ksh20\.00 paid to Umoja Stores on /);
});

test("a wrong PIN and a balance that is too low move nothing", async () => {
  const before = await getBalance();
  const wrongPin = await type("6", "1", "600984", "POL-77", "150", "9999");
  assert.equal(wrongPin.at(-1), "Wrong PIN. 2 tries are left.");
  const tooMuch = await type("6", "1", "600984", "POL-77", "9999999", njeri.pin);
  assert.match(tooMuch.at(-1) ?? "", /^You did not pay\. /);
  assert.deepEqual(await getBalance(), before);
});

test("a number that takes no such payment is known before the PIN", async () => {
  const unknown = "No business with this number takes such payments.";
  for (const inputs of [
    ["1", "999999", "A", "1"],
    ["2", "600984", "1"],
    ["1", "600997", "A", "1"],
  ])
    assert.equal((await type("6", ...inputs)).at(-1), unknown);
});

test("while the organisation is asked, the menu says so, and an SMS follows", async () => {
  const validator = holdAnswers();
  await using server = await createTestListener({ behaviour: validator.behaviour });
  const organisation = await createMerchant(sandbox, { validationUrl: server.url });
  const screens = await type("6", "1", organisation, "A1", "30", njeri.pin);
  assert.equal(screens.at(-1), "Your payment waits for Umoja Stores. You will get an SMS.");
  assert.equal((await getBalance()).held, 30_00n);
  await server.waitForCallbacks(1);
  validator.answerAll({ ResultCode: "C2B00012" });
  await waitFor("the SMS", async () =>
    /Failed\. Umoja Stores did not accept your payment of Ksh30\.00 for account A1/.test(
      (await getTexts())[0] ?? "",
    )
      ? true
      : undefined,
  );
  server.setBehaviour(accept);
  await type("6", "1", organisation, "A2", "30", njeri.pin);
  await waitFor("the receipt", async () =>
    /Confirmed\. Ksh30\.00 sent to Umoja Stores for account A2/.test((await getTexts())[0] ?? "")
      ? true
      : undefined,
  );
});

test("the page shows amounts as Kenya writes them, and the menu's code", async () => {
  const page = await (await fetch(`${sandbox.url}/handset/${kenya}/${njeri.msisdn}`)).text();
  assert.match(page, /data-money-prefix="Ksh"/);
  assert.match(page, /data-menu-code="\*334#"/);
  const tanzanian = sandbox.clientInfo.markets.vodacomTZN.handsets[0]?.msisdn;
  const other = await (await fetch(`${sandbox.url}/handset/vodacomTZN/${tanzanian}`)).text();
  assert.match(other, /data-money-prefix="TZS "/);
});
