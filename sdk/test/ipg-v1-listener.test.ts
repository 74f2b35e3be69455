/** Callbacks of IPG v1: parsed, acknowledged as documented, handled once, and refused if malformed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createListener, type CallbackEvent, type ListenerProblem } from "../src/ipg-v1/index.ts";

function createRecorder() {
  const events: CallbackEvent[] = [];
  const problems: ListenerProblem[] = [];
  const listener = createListener({
    onEvent: (event) => void events.push(event),
    onProblem: (problem) => void problems.push(problem),
  });
  const send = async (body: unknown): Promise<{ status: number; answer: Record<string, unknown> }> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await listener(new Request("http://localhost/", { method: "POST", body: text }));
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  return { events, problems, send };
}

const completed = {
  input_OriginalConversationID: "33ba59a5dbba4c1e9d4c1ba2a0b1e3d4",
  input_ThirdPartyReference: "11114",
  input_TransactionID: "7m2swkzme9y9",
  input_ResultCode: "0",
  input_ResultDesc: "Request processed successfully",
};

test("a completed payment is accepted, and acknowledged with the documented fields", async () => {
  const { events, problems, send } = createRecorder();
  const { status, answer } = await send(completed);
  assert.deepEqual([status, problems], [200, []]);
  assert.deepEqual(answer, {
    output_OriginalConversationID: completed.input_OriginalConversationID,
    output_ResponseDesc: "Successfully Accepted Result",
    output_ResponseCode: "0",
    output_ThirdPartyConversationID: "11114",
  });
  const [event] = events;
  assert.deepEqual(
    [event?.outcome, event?.code, event?.reference, event?.transactionId, event?.signed],
    ["accepted", "0", "11114", "7m2swkzme9y9", false],
  );
});

test("a repeated callback is handled once, and another result of the same request is another event", async () => {
  const { events, send } = createRecorder();
  await send({ ...completed, input_ResultCode: "INS-9", input_TransactionID: "N/A" });
  for (let attempt = 0; attempt < 3; attempt += 1) assert.equal((await send(completed)).status, 200);
  assert.deepEqual(
    events.map(({ outcome, transactionId }) => [outcome, transactionId]),
    [
      ["unknown", null],
      ["accepted", "7m2swkzme9y9"],
    ],
  );
});

test("a code is refused or unknown as in a response, and never a payment", async () => {
  for (const [code, outcome] of [
    ["INS-5", "refused"],
    ["INS-2006", "refused"],
    ["INS-1", "unknown"],
    ["INS-10", "unknown"],
    ["INS-23", "unknown"],
    ["1", "unknown"],
    ["INS-0", "accepted"],
  ] as const) {
    const { events, send } = createRecorder();
    await send({ ...completed, input_ResultCode: code });
    assert.equal(events[0]?.outcome, outcome, code);
  }
});

test("a malformed callback is refused, and the answer contains nothing of it", async () => {
  const { input_ThirdPartyReference: _reference, ...withoutReference } = completed;
  for (const body of [
    "",
    "not JSON",
    "[]",
    "null",
    withoutReference,
    { ...completed, input_ResultCode: 0 },
    { ...completed, input_ResultCode: "a b" },
    { ...completed, input_OriginalConversationID: "" },
    { ...completed, input_TransactionID: 7 },
    { ...completed, input_ThirdPartyReference: "x".repeat(129) },
  ]) {
    const { events, problems, send } = createRecorder();
    const { status, answer } = await send(body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.equal(answer["error"], "malformed");
    assert.deepEqual([events.length, problems.length], [0, 1]);
  }
});
