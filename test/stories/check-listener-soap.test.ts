/** `check-listener` against listeners of the SOAP Broker: a correct one passes every case, and each fault fails its own. */
import assert from "node:assert/strict";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import { soap } from "../../src/protocols/soap/index.ts";
import { getChildText, readXml, type XmlElement } from "../../src/protocols/soap/xml/read-xml.ts";
import { readEnvelope } from "../../src/protocols/soap/xml/soap-envelope.ts";
import { describeFailures, listByVerdict, secret, settingsFor } from "../support/listener-check.ts";
import { MerchantServer } from "../support/merchant-server.ts";
import { acknowledgement } from "../support/soap.ts";

const checks = await soap.loadListenerChecks();

type SoapFault = "books every delivery" | "books every code" | "ignores signatures";

/** The document of a result; null for what is none. */
function readResult(body: string): XmlElement | null {
  const envelope = readEnvelope(body);
  if ("problem" in envelope) return null;
  const document = readXml(envelope.message.text);
  if ("problem" in document || getChildText(document.root, "ResultCode") === null) return null;
  return document.root;
}

function isSigned(body: string, headers: IncomingHttpHeaders): boolean {
  try {
    // Its messages are no JSON, and the library only parses what it has verified.
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

function createSoapMerchant(merchant: MerchantServer, fault: SoapFault | null): RequestListener {
  const booked = new Set<string>();
  const book = (result: XmlElement): void => {
    const reference = getChildText(result, "OriginatorConversationID") ?? "";
    const order = merchant.orders.get(reference);
    if (order === undefined) return;
    // The response to the request may have been lost, and then the order has no id of the platform.
    if (order.conversationId !== null && order.conversationId !== getChildText(result, "ConversationID"))
      return;
    if (getChildText(result, "ResultCode") !== "0" && fault !== "books every code") {
      if (order.status === "pending" && isKnownRefusal(result)) order.status = "failed";
      return;
    }
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
          void response.writeHead(status, { "content-type": "text/xml" }).end(answer);
        if (fault !== "ignores signatures" && !isSigned(body, request.headers)) return respond(401);
        const result = readResult(body);
        if (result === null) return respond(400);
        if (merchant.broken) return respond(503);
        book(result);
        respond(200, acknowledgement);
      },
      () => {},
    );
  };
}

/** 15 and 17 leave the outcome open. */
const isKnownRefusal = (result: XmlElement): boolean =>
  !["15", "17", "471100"].includes(getChildText(result, "ResultCode") ?? "");

async function checkMerchant(fault: SoapFault | null): Promise<Report> {
  await using merchant = await new MerchantServer({
    listener: (server) => createSoapMerchant(server, fault),
  }).start();
  const settings = settingsFor(merchant, {
    market: "safaricomKEN",
    checks,
    calls: fault === null ? [checks.mainCall, "BusinessPayBill"] : [checks.mainCall],
    measureParallelism: () => Promise.resolve({ isParallel: true, message: "It has any number of workers." }),
  });
  return await checkListener({ ...settings, hooks: { ...settings.hooks, query: null } });
}

test("a correct listener of the SOAP Broker fails no case", async () => {
  const report = await checkMerchant(null);
  assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
});

const casesByFault: Readonly<Record<SoapFault, RegExp>> = {
  "books every delivery": /once|twice|duplicate/,
  "books every code": /unknown-code|refus/,
  "ignores signatures": /sign/,
};

for (const [fault, expected] of Object.entries(casesByFault) as [SoapFault, RegExp][])
  test(`a listener that ${fault} fails a case of its own`, async () => {
    const report = await checkMerchant(fault);
    const failed = listByVerdict(report, "failed");
    assert(
      failed.some((name) => expected.test(name)),
      `${failed.join(", ")}\n${describeFailures(report)}`,
    );
  });
