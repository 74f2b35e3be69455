/** Asynchronous calls of IPG v1: an acknowledgement without the call's own fields, then the result at the response URL. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { validateCallbackUrl } from "../../../src/callbacks/addresses.ts";
import { ipgV1 } from "../../../src/protocols/ipg-v1/index.ts";
import { readConfig } from "../../../src/config/settings.ts";
import type { IpgV1Product } from "../../../src/protocols/ipg-v1/products.ts";
import { control } from "../../support/control.ts";
import {
  buildFields,
  call,
  collect,
  createApplication,
  createCustomer,
  getStatus,
  mozambique,
  summarise,
  type IpgV1Application,
} from "../../support/ipg-v1.ts";
import { acknowledge, createTestListener, type Listener } from "../../support/listener.ts";
import { answerPrompt, waitFor, waitForDisplayedPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { documented } from "./documented.ts";

let sandbox: TestSandbox;
let listener: Listener;
let application: IpgV1Application;
before(async () => {
  sandbox = await createTestSandbox();
  listener = await createTestListener();
  application = await createApplication(sandbox, { responseUrl: listener.url });
});
after(async () => {
  await sandbox[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

const options = () => ({ bearer: application.bearer });

const common = [
  "input_OriginalConversationID",
  "input_ThirdPartyReference",
  "input_TransactionID",
  "input_ResultCode",
  "input_ResultDesc",
];

async function waitForNext(work: () => Promise<unknown>) {
  const count = listener.received.length;
  await work();
  const received = await listener.waitForCallbacks(count + 1);
  return received[count];
}

for (const product of Object.keys(documented) as IpgV1Product[]) {
  const { status, callback: ownFields } = documented[product];

  test(`${product} is acknowledged, and its callback has the documented fields`, async () => {
    let acknowledgement: Awaited<ReturnType<typeof call>> | undefined;
    const callback = await waitForNext(async () => {
      acknowledgement = await call(sandbox, product, {}, options());
    });
    assert(acknowledgement !== undefined && callback !== undefined);
    assert.equal(summarise(acknowledgement), `${status} INS-0`);
    const names = Object.keys(acknowledgement.body).filter(
      (name) => !/^output_Result(Code|Desc)$/.test(name),
    );
    assert.deepEqual(names.toSorted(), [
      "output_ConversationID",
      "output_ResponseCode",
      "output_ResponseDesc",
      "output_ThirdPartyReference",
    ]);
    const { body } = callback;
    assert.deepEqual(Object.keys(body), [...common, ...ownFields]);
    assert.equal(body["input_OriginalConversationID"], acknowledgement.body["output_ConversationID"]);
    assert.equal(body["input_ThirdPartyReference"], acknowledgement.body["output_ThirdPartyReference"]);
    assert.equal(body["input_ResultCode"], "0");
    assert.equal(body["input_ResultDesc"], "Request processed successfully");
  });
}

test("the callback of a failure has the code, and no TransactionID", async () => {
  const callback = await waitForNext(() =>
    collect(sandbox, { input_CustomerMSISDN: "258850002006" }, options()),
  );
  assert.equal(callback?.body["input_ResultCode"], "INS-2006");
  assert.equal(callback?.body["input_ResultDesc"], "Insufficient balance");
  assert.equal(callback?.body["input_TransactionID"], "N/A");
});

test("an invalid request and a duplicate are refused at once, and owe no callback", async () => {
  const count = listener.received.length;
  assert.equal(summarise(await collect(sandbox, { input_Amount: "x" }, options())), "400 INS-15");
  const fields = buildFields("ipgV1C2b");
  await waitForNext(() => collect(sandbox, fields, options()));
  assert.equal(summarise(await collect(sandbox, fields, options())), "409 INS-10");
  assert.equal(listener.received.length, count + 1);
});

test("the callback follows the customer's answer to the prompt", async () => {
  const customer = await createCustomer(sandbox, { behaviour: "ask" });
  const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: customer });
  const count = listener.received.length;
  assert.equal(summarise(await collect(sandbox, fields, options())), "201 INS-0");
  assert.equal(await getSynchronousStatus(fields["input_ThirdPartyReference"] ?? ""), "N/A");
  assert.equal(listener.received.length, count);
  await answerPrompt(
    sandbox,
    await waitForDisplayedPrompt(sandbox, customer, mozambique),
    "decline",
    mozambique,
  );
  const received = await listener.waitForCallbacks(count + 1);
  assert.equal(received[count]?.body["input_ResultCode"], "INS-5");
});

/** The status, by control: a query of the application would be asynchronous, too. */
async function getSynchronousStatus(reference: string): Promise<string> {
  const params = { id: application.id.toString() };
  await control(sandbox, "PATCH /applications/{id}", { params, body: { ipgV1ResponseUrl: null } });
  const status = await getStatus(sandbox, reference, {}, options());
  await control(sandbox, "PATCH /applications/{id}", { params, body: { ipgV1ResponseUrl: listener.url } });
  return status.split(" ").at(-1) ?? "";
}

test("an acknowledgement that is not the documented one is noted", async () => {
  listener.setBehaviour((_callback, response) => response.end("thanks"));
  const callback = await waitForNext(() => collect(sandbox, {}, options()));
  listener.setBehaviour(acknowledge);
  const name = callback?.body["input_OriginalConversationID"] ?? "";
  const delivery = await waitFor("the attempt", async () => {
    const row = await control(sandbox, "GET /markets/{market}/deliveries/{name}", {
      params: { market: mozambique, name },
    });
    return row.attempts.length === 0 ? undefined : row;
  });
  assert.equal(delivery.attempts[0]?.flag, "The response body is not JSON.");
});

test("in live, only https URLs on the ports 11000 to 19000 are accepted", () => {
  const rules = ipgV1.callbackRules("live", readConfig({}));
  const validate = (url: string) => validateCallbackUrl({ privateListeners: false }, rules, url);
  assert.equal(validate("https://shop.example:11000/result"), null);
  assert.equal(validate("https://shop.example:19000/result"), null);
  for (const url of [
    "http://shop.example:11000/result",
    "https://shop.example/result",
    "https://shop.example:10999/result",
    "https://shop.example:19001/result",
  ])
    assert.equal(typeof validate(url), "string", url);
});
