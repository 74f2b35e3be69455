/** The stories: what happens to a payment, in the same words for every protocol. */
import assert from "node:assert/strict";
import { control } from "../support/control.ts";
import { advanceClock } from "../support/clock.ts";
import { respondWith } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import { amount, amountMinor, type CallResponse, type CallResult } from "./caller.ts";
import { pin, type ExpectedOutcome, type Story } from "./story.ts";
import type { StoryName } from "./story-names.ts";

/** A customer pays the organisation. */
async function collectFrom(
  story: Story,
  msisdn: string,
): Promise<CallResponse & { readonly reference: string }> {
  const reference = story.createReference();
  return { ...(await story.caller.collect({ msisdn, reference })), reference };
}

/** A completed payment, with its result. */
async function pay(story: Story): Promise<{ msisdn: string; response: CallResponse; result: CallResult }> {
  const msisdn = await story.registerCustomer("approve");
  const response = await collectFrom(story, msisdn);
  const result = await story.waitForResult(response);
  assert.equal(result.code, story.protocol.codes.success);
  return { msisdn, response, result };
}

async function refuse(
  story: Story,
  answer: "decline" | "approve",
  { balance, ...expected }: { balance?: string } & ExpectedOutcome,
): Promise<void> {
  const msisdn = await story.registerCustomer(answer, balance);
  const before = await story.getBalance(msisdn);
  const response = await collectFrom(story, msisdn);
  const result = await story.waitForResult(response);
  assert.equal(result.code, expected.code);
  await story.assertOutcome(response, expected);
  assert.equal(await story.getBalance(msisdn), before);
}

const reverse = (story: Story, receipt: string, part = amount): Promise<CallResponse> =>
  story.caller.reverse({ receipt, amount: part, reference: story.createReference() });

export const stories: Readonly<Record<StoryName, (story: Story) => Promise<void>>> = {
  async pays(story) {
    const { codes, market } = story.protocol;
    const { organisation, collectionAccount } = story.caller;
    const getFunds = () => story.sandbox.getAvailable(organisation, market, collectionAccount);
    const before = await getFunds();
    const { msisdn, response } = await pay(story);
    await story.assertOutcome(response, { code: codes.success });
    assert.equal(await story.getBalance(msisdn), 1000_00n - amountMinor);
    assert.equal(await getFunds(), before + amountMinor);
  },

  declines: (story) =>
    refuse(story, "decline", {
      code: story.protocol.codes.declined,
      refusal: "customer_declined",
      status: "cancelled",
    }),

  async wrong_pin(story) {
    const { wrongPin } = story.protocol.codes;
    const msisdn = await story.registerCustomer("ask");
    const response = await collectFrom(story, msisdn);
    const outcomes = [];
    for (const entered of ["0000", "0001", "0002"])
      outcomes.push((await story.enterPin(msisdn, entered)).outcome);
    assert.deepEqual(outcomes, ["wrong_pin", "wrong_pin", "locked"]);
    assert.equal((await story.waitForResult(response)).code, wrongPin);
    await story.assertOutcome(response, { code: wrongPin, refusal: "customer_pin_wrong" });
    assert.equal(await story.getBalance(msisdn), 1000_00n);
  },

  cannot_afford: (story) =>
    refuse(story, "approve", {
      balance: "10.00",
      code: story.protocol.codes.balanceTooLow,
      refusal: "customer_balance_too_low",
    }),

  async ignores_prompt(story) {
    const { noAnswer } = story.protocol.codes;
    const msisdn = await story.registerCustomer("ask");
    const response = await collectFrom(story, msisdn);
    assert(response.accepted);
    await waitFor("the prompt on the screen", () => findPrompt(story, msisdn));
    await advanceClock(story.sandbox, 120);
    assert.equal((await story.waitForResult(response)).code, noAnswer);
    await story.assertOutcome(response, { code: noAnswer, refusal: "prompt_expired", status: "expired" });
    assert.equal(await story.getBalance(msisdn), 1000_00n);
  },

  async repeats(story) {
    const { codes, callWithOwnReference } = story.protocol;
    const request = { msisdn: await story.registerCustomer("approve"), reference: story.createReference() };
    const call = story.caller[callWithOwnReference];
    const before = await story.getBalance(request.msisdn);
    const first = await call(request);
    await story.waitForResult(first);
    const second = await call(request);
    assert.equal((await story.waitForResult(second)).code, codes.repeatedReference);
    if (!second.accepted) await story.assertRefusalLogged(second);
    await story.assertOutcome(first, { code: codes.success });
    const change = callWithOwnReference === "collect" ? -amountMinor : amountMinor;
    assert.equal(await story.getBalance(request.msisdn), before + change, "the money moved once");
  },

  async hangs_up(story) {
    const { codes } = story.protocol;
    const msisdn = await story.registerCustomer("ask");
    const reference = story.createReference();
    const hangUp = new AbortController();
    const call = story.caller.collect({ msisdn, reference, signal: hangUp.signal });
    const name = await waitFor("the prompt on the screen", () => findPrompt(story, msisdn));
    hangUp.abort();
    await assert.rejects(call);
    assert.equal((await story.enterPin(msisdn, pin)).outcome, "accepted");
    const payment = await waitFor("the end of the payment", async () => {
      const current = await story.getPayment(name);
      return current.status === "held" ? undefined : current;
    });
    assert.equal(payment.status, "completed");
    assert.equal(await story.getBalance(msisdn), 1000_00n - amountMinor);
    const response = { accepted: true, code: codes.accepted, name };
    await story.assertOutcome({ ...response, accepted: false }, { code: codes.success, notified: false });
  },

  async reverses(story) {
    const { codes } = story.protocol;
    const { msisdn, response, result } = await pay(story);
    const reversal = await reverse(story, result.receipt);
    assert.equal((await story.waitForResult(reversal)).code, codes.success);
    await story.assertOutcome(reversal, { code: codes.success });
    assert.equal(await story.getBalance(msisdn), 1000_00n);
    assert.equal((await story.getPayment(response.name)).reversed, `${amount}.00`);
  },

  async reverses_in_part(story) {
    const { codes } = story.protocol;
    const { msisdn, response, result } = await pay(story);
    const reversal = await reverse(story, result.receipt, "10");
    assert.equal((await story.waitForResult(reversal)).code, codes.success);
    await story.assertOutcome(reversal, { code: codes.success, movedMinor: 10_00n });
    assert.equal(await story.getBalance(msisdn), 1000_00n - amountMinor + 10_00n);
    assert.equal((await story.getPayment(response.name)).reversed, "10.00");
  },

  async reverses_twice(story) {
    const { codes } = story.protocol;
    const { msisdn, result } = await pay(story);
    await story.waitForResult(await reverse(story, result.receipt));
    const second = await reverse(story, result.receipt);
    assert.equal((await story.waitForResult(second)).code, codes.alreadyReversed);
    assert.equal(await story.getBalance(msisdn), 1000_00n, "the money went back once");
    await story.assertOutcome(second, { code: codes.alreadyReversed, refusal: "already_reversed" });
  },

  async asks_status(story) {
    const { statuses, codes } = story.protocol;
    const msisdn = await story.registerCustomer("ask");
    const reference = story.createReference();
    assert.equal(await story.caller.queryStatus(reference, null), statuses.unknown);
    const response = await story.caller.collect({ msisdn, reference });
    await waitFor("the prompt on the screen", () => findPrompt(story, msisdn));
    assert.equal(await story.caller.queryStatus(reference, response), statuses.pending);
    await story.enterPin(msisdn, pin);
    await story.waitForResult(response);
    assert.equal(await story.caller.queryStatus(reference, response), statuses.completed);
    await story.assertOutcome(response, { code: codes.success });
  },

  async pays_out(story) {
    const { codes } = story.protocol;
    const msisdn = await story.registerCustomer("approve");
    const response = await story.caller.payOut({ msisdn, reference: story.createReference() });
    assert.equal((await story.waitForResult(response)).code, codes.success);
    await story.assertOutcome(response, { code: codes.success });
    assert.equal(await story.getBalance(msisdn), 1000_00n + amountMinor);
  },

  async pays_business(story) {
    const { codes } = story.protocol;
    const response = await story.caller.payBusiness(story.createReference());
    assert.equal((await story.waitForResult(response)).code, codes.success);
    await story.assertOutcome(response, { code: codes.success });
  },

  async moves_own_funds(story) {
    const { codes } = story.protocol;
    const response = await story.caller.moveOwnFunds(story.createReference());
    assert.equal((await story.waitForResult(response)).code, codes.success);
    await story.assertOutcome(response, { code: codes.success });
  },

  async listener_down(story) {
    const { codes, market } = story.protocol;
    const msisdn = await story.registerCustomer("ask");
    const response = await collectFrom(story, msisdn);
    await story.closeListener();
    await story.enterPin(msisdn, pin);
    await waitFor("a failed attempt", async () =>
      (await story.getDelivery(response.name)).attempts.length > 0 ? true : undefined,
    );
    await story.reopenListener();
    // Some protocols try once, so the organisation has it sent again.
    await control(story.sandbox, "POST /markets/{market}/deliveries/{name}/resend", {
      params: { market, name: response.name },
    });
    assert.equal((await story.waitForResult(response)).code, codes.success);
    await story.assertOutcome(response, { code: codes.success });
    assert.equal(await story.getBalance(msisdn), 1000_00n - amountMinor);
  },

  async listener_garbage(story) {
    const { codes } = story.protocol;
    story.setListenerBehaviour(respondWith(200, { "content-type": "text/html" }, "<!doctype html><p>\u0000"));
    const { response } = await pay(story);
    await story.assertOutcome(response, { code: codes.success, delivery: "delivered" });
    const { attempts } = await story.getDelivery(response.name);
    assert.equal(attempts.length, 1, "a received notification is not sent again");
  },

  async key_revoked(story) {
    const { codes } = story.protocol;
    const msisdn = await story.registerCustomer("ask");
    const response = await collectFrom(story, msisdn);
    await waitFor("the prompt on the screen", () => findPrompt(story, msisdn));
    await control(story.sandbox, "DELETE /applications/{id}", {
      params: { id: String(story.caller.applicationId) },
    });
    const refused = await collectFrom(story, await story.registerCustomer("approve"));
    assert.deepEqual(
      { accepted: refused.accepted, code: refused.code },
      { accepted: false, code: codes.keyRevoked },
    );
    await story.assertRefusalLogged(refused);
    await story.enterPin(msisdn, pin);
    assert.equal((await story.waitForResult(response)).code, codes.success);
    await story.assertOutcome(response, { code: codes.success });
    assert.equal(await story.getBalance(msisdn), 1000_00n - amountMinor);
  },
};

/** The TransactionID of the prompt on the customer's screen. */
async function findPrompt({ sandbox, protocol }: Story, msisdn: string): Promise<string | undefined> {
  const { prompts } = await control(sandbox, "GET /markets/{market}/handsets/{msisdn}", {
    params: { market: protocol.market, msisdn },
  });
  return prompts.find(({ open }) => open)?.transactionId;
}
