/** A request of IPG v1 waits for its customer as long as the prompt lives (V8 of the integrators' problems). */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { railFor } from "../../../src/core/rails.ts";
import { expireHolds } from "../../../src/payments/expire-holds.ts";
import { findOperation } from "../../../src/protocols/ipg-v1/operations.ts";
import {
  bearer,
  buildFields,
  collect,
  createCustomer,
  getStatus,
  mozambique,
  pathTo,
  summarise,
} from "../../support/ipg-v1.ts";
import { answerPrompt, waitFor, waitForDisplayedPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const promptLifeMs = 20_000;

let sandbox: TestSandbox;
before(async () => {
  // OpenAPI v2 would answer at once.
  sandbox = await createTestSandbox({ synchronousWaitMs: 0, promptLifeMs });
});
after(() => sandbox[Symbol.asyncDispose]());

const waitForPrompt = (msisdn: string) => waitForDisplayedPrompt(sandbox, msisdn, mozambique);

test("the response waits for the answer, however short the usual wait is", async () => {
  for (const [reply, expected] of [
    ["approve", "201 INS-0"],
    ["decline", "401 INS-5"],
  ] as const) {
    const customer = await createCustomer(sandbox, { behaviour: "ask" });
    const pending = collect(sandbox, { input_CustomerMSISDN: customer });
    await answerPrompt(sandbox, await waitForPrompt(customer), reply, mozambique);
    assert.equal(summarise(await pending), expected);
  }
});

test("a prompt without an answer is INS-9 when its life has ended, and the payment is expired", async () => {
  const customer = await createCustomer(sandbox, { behaviour: "ask" });
  const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: customer });
  const pending = collect(sandbox, fields);
  await waitForPrompt(customer);
  sandbox.clock.advance(promptLifeMs);
  await expireHolds(sandbox.platform.payments(railFor("sandbox", mozambique)), sandbox.platform.newId);
  assert.equal(summarise(await pending), "408 INS-9");
  assert.equal(await getStatus(sandbox, fields["input_ThirdPartyReference"] ?? ""), "200 INS-0 Expired");
});

test("a caller who hangs up loses only the response: the payment completes and can be queried", async () => {
  const customer = await createCustomer(sandbox, { behaviour: "ask" });
  const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: customer });
  const sent = request(sandbox.url + pathTo(findOperation("ipgV1C2b")), {
    method: "POST",
    headers: { authorization: `Bearer ${bearer(sandbox)}` },
  });
  sent.on("error", () => {});
  sent.end(JSON.stringify(fields));
  const paymentId = await waitForPrompt(customer);
  sent.destroy();
  const reference = fields["input_ThirdPartyReference"] ?? "";
  assert.equal(await getStatus(sandbox, reference), "200 INS-0 N/A");
  await answerPrompt(sandbox, paymentId, "approve", mozambique);
  await waitFor("a completed payment", async () =>
    (await getStatus(sandbox, reference)) === "200 INS-0 Completed" ? true : undefined,
  );
  assert.equal(summarise(await collect(sandbox, fields)), "409 INS-10");
});
