/**
 * `check-listener` against listeners of the LNMO checkout, in each of the three ways in which results are sent: a correct one
 * passes every case, and each fault fails its own.
 */
import assert from "node:assert/strict";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import { soap } from "../../src/protocols/soap/index.ts";
import { readEnvelope } from "../../src/protocols/soap/xml/soap-envelope.ts";
import { selectCaseSet, type Options } from "../../src/cli/commands/check-listener/options.ts";
import { describeFailures, listByVerdict, secret, settingsFor } from "../support/listener-check.ts";
import { MerchantServer } from "../support/merchant-server.ts";

const checks = await soap.loadListenerChecks();

const select = (callbackMethod?: string) =>
  selectCaseSet(checks, {
    call: ["confirmTransaction"],
    many: 1,
    protocol: soap,
    ...(callbackMethod === undefined ? {} : { callbackMethod }),
  } satisfies Options);

const methods = ["xml", "post", "get"] as const;

type Method = (typeof methods)[number];
type LnmoFault = "books every delivery" | "books every code" | "ignores signatures" | "believes every amount";

type Fields = ReadonlyMap<string, string>;

/** The fields of a result; null for what is none. */
function readFields(method: Method, content: string): Fields | null {
  if (method !== "xml") return toResult(new Map(new URLSearchParams(content)));
  const envelope = readEnvelope(content);
  if ("problem" in envelope) return null;
  return toResult(new Map(envelope.message.children.map((child) => [child.name, child.text])));
}

const toResult = (fields: Fields): Fields | null => (fields.has("RETURN_CODE") ? fields : null);

function isSigned(content: string, headers: IncomingHttpHeaders): boolean {
  try {
    // Results are no JSON, and the library only parses what it has verified.
    new Webhook(secret).verify(content, headers as Record<string, string>);
    return true;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

/** These leave the outcome open, and the last one is not known. */
const isInconclusive = (code: string | undefined): boolean =>
  ["05", "29", "34", "35", "471100"].includes(code ?? "");

function createLnmoMerchant(
  merchant: MerchantServer,
  method: Method,
  fault: LnmoFault | null,
): RequestListener {
  const booked = new Set<string>();
  const book = (fields: Fields): void => {
    const reference = fields.get("MERCHANT_TRANSACTION_ID") ?? "";
    const order = merchant.orders.get(reference);
    // The answer to the checkout may have been lost, and then the order has no TRX_ID.
    if (order === undefined || (order.conversationId ?? fields.get("TRX_ID")) !== fields.get("TRX_ID"))
      return;
    const code = fields.get("RETURN_CODE");
    if (code !== "00" && fault !== "books every code") {
      if (order.status === "pending" && !isInconclusive(code)) order.status = "failed";
      return;
    }
    if (Number(fields.get("AMOUNT")) !== Number(order.amount) && fault !== "believes every amount") return;
    if (booked.has(reference) && fault !== "books every delivery") return;
    booked.add(reference);
    order.status = "paid";
    order.bookings += 1;
    order.bookedAmount = order.amount;
  };
  return (request, response) => {
    text(request).then(
      (body) => {
        const respond = (status: number, answer = ""): void =>
          void response.writeHead(status, { "content-type": "text/plain" }).end(answer);
        const isExpected = request.method === (method === "get" ? "GET" : "POST");
        const content = method === "get" ? (request.url ?? "").split("?").slice(1).join("?") : body;
        if (!isExpected) return respond(405);
        if (fault !== "ignores signatures" && !isSigned(content, request.headers)) return respond(401);
        const fields = readFields(method, content);
        if (fields === null) return respond(400);
        if (merchant.broken) return respond(503);
        book(fields);
        respond(200, "success");
      },
      () => {},
    );
  };
}

async function checkMerchant(method: Method, fault: LnmoFault | null): Promise<Report> {
  await using merchant = await new MerchantServer({
    listener: (server) => createLnmoMerchant(server, method, fault),
  }).start();
  const caseSet = select(method);
  const settings = settingsFor(merchant, {
    market: "safaricomKEN",
    checks: caseSet,
    calls: [caseSet.mainCall],
    measureParallelism: () => Promise.resolve({ isParallel: true, message: "It has any number of workers." }),
  });
  return await checkListener({ ...settings, hooks: { ...settings.hooks, query: null } });
}

for (const method of methods)
  test(`a correct listener of results by ${method} fails no case`, async () => {
    const report = await checkMerchant(method, null);
    assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
    const passed = listByVerdict(report, "passed");
    for (const name of [
      "success/booked",
      "signature/tampered",
      "malformed/unknown-code",
      "kept-alive/acknowledged",
    ])
      assert(passed.includes(name), `${name} did not pass\n${describeFailures(report)}`);
  });

const casesByFault: Readonly<Record<LnmoFault, readonly [Method, RegExp]>> = {
  "books every delivery": ["get", /^duplicate\/booked-once$/],
  "books every code": ["post", /^(?:refusals\/not-booked|malformed\/unknown-code)$/],
  "ignores signatures": ["get", /^signature\/tampered$/],
  "believes every amount": ["xml", /^wrong-amount\/not-booked$/],
};

for (const [fault, [method, expected]] of Object.entries(casesByFault) as [
  LnmoFault,
  readonly [Method, RegExp],
][])
  test(`a listener by ${method} that ${fault} fails a case of its own`, async () => {
    const report = await checkMerchant(method, fault);
    const failed = listByVerdict(report, "failed");
    assert(
      failed.some((name) => expected.test(name)),
      `${failed.join(", ")}\n${describeFailures(report)}`,
    );
  });

test("the case set is that of the first call and of the method, and another method is refused", () => {
  assert.equal(select().callbackMethod, "xml");
  assert.equal(select("get").callbackMethod, "get");
  assert.throws(() => select("put"), /must be one of xml, post, get\./);
  const soapOptions = { many: 1, protocol: soap, callbackMethod: "xml" };
  assert.throws(() => selectCaseSet(checks, soapOptions), /one way only/);
});
