/** `check-listener` against a listener of IPG v1: a correct one passes every case, and a mistake fails its own. */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import { ipgV1 } from "../../src/protocols/ipg-v1/index.ts";
import { operations } from "../../src/protocols/ipg-v1/operations.ts";
import { describeFailures, listByVerdict, secret, settingsFor } from "../support/listener-check.ts";
import { MerchantServer } from "../support/merchant-server.ts";

const checks = await ipgV1.loadListenerChecks();

test("every call has its refusals, each with a code of its own table", () => {
  assert.deepEqual(
    checks.calls,
    operations.map(({ product }) => product),
  );
  for (const { product, codes } of operations) {
    assert.equal(checks.getCode(product, null), "0");
    for (const { code, refusal } of checks.listRefusals(product)) {
      assert(
        codes.some((each) => each === code),
        `${product} ${code}`,
      );
      assert.equal(checks.getCode(product, refusal), code);
    }
  }
});

type Fault = "books every delivery" | "ignores the code";

const maxBytes = 64 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > maxBytes) throw new Error("too large");
  }
  return body;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a callback. Throws for anything else. */
function parseCallback(body: string): Record<"reference" | "conversationId" | "code", string> {
  const fields = JSON.parse(body) as Fields;
  const getText = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string" || value === "") throw new Error(`${name} is missing`);
    return value;
  };
  return {
    reference: getText("input_ThirdPartyReference"),
    conversationId: getText("input_OriginalConversationID"),
    code: getText("input_ResultCode"),
  };
}

const inconclusive = new Set(["INS-1", "INS-9"]);

async function book(merchant: MerchantServer, body: string, fault: Fault | null): Promise<void> {
  const { reference, conversationId, code } = parseCallback(body);
  // The time of a database.
  await sleep(2);
  if (merchant.broken) throw new Error("the database is down");
  const order = merchant.orders.get(reference);
  if (order === undefined) return;
  const isSuccess = code === "0" || fault === "ignores the code";
  if (order.conversationId !== null && order.conversationId !== conversationId) order.flagged = true;
  else if (isSuccess && (order.bookings === 0 || fault === "books every delivery")) {
    order.flagged ||= order.abandoned || order.status === "failed";
    order.status = "paid";
    order.bookings += 1;
    order.bookedAmount = order.amount;
  } else if (isSuccess) return;
  else if (order.status === "paid") order.flagged = true;
  else if (!inconclusive.has(code) && code !== "INS-4711") order.status = "failed";
}

async function receive(
  merchant: MerchantServer,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | null,
): Promise<void> {
  try {
    const body = await readBody(request);
    new Webhook(secret).verify(body, request.headers as Record<string, string>);
    const { reference, conversationId } = parseCallback(body);
    await book(merchant, body, fault);
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        output_OriginalConversationID: conversationId,
        output_ResponseCode: "0",
        output_ResponseDesc: "Successfully Accepted Result",
        output_ThirdPartyConversationID: reference,
      }),
    );
  } catch {
    response.writeHead(merchant.broken ? 503 : 400).end();
  }
}

async function check(fault: Fault | null): Promise<Report> {
  await using merchant = await new MerchantServer({
    secret,
    queryGateway: () => Promise.resolve("Failed"),
    listener: (own) => (request, response) => void receive(own, request, response, fault),
  }).start();
  return await checkListener(
    settingsFor(merchant, {
      checks,
      calls: ["ipgV1C2b"],
      market: "vodacomMOZ",
      measureParallelism: () =>
        Promise.resolve({ isParallel: true, message: "It has any number of workers." }),
    }),
  );
}

test("a correct listener passes every case that applies", async () => {
  const report = await check(null);
  assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
});

test("a listener that books every delivery, or ignores the code, fails", async () => {
  const twice = listByVerdict(await check("books every delivery"), "failed");
  assert(twice.includes("duplicate/booked-once"), twice.join());
  const ignoring = listByVerdict(await check("ignores the code"), "failed");
  assert(ignoring.includes("refusals/not-booked"), ignoring.join());
});
