/** `check-listener` against listeners of Daraja: a correct one passes every case, and each fault fails its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createListener, createValidator, type DarajaEvent } from "../../sdk/src/daraja/index.ts";
import { toNodeHandler } from "../../sdk/src/index.ts";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import type { CheckSettings } from "../../src/listener-check/settings.ts";
import { daraja } from "../../src/protocols/daraja/index.ts";
import { describeFailures, listByVerdict, secret, settingsFor } from "../support/listener-check.ts";
import { MerchantServer, type MerchantOrder } from "../support/merchant-server.ts";

const checks = await daraja.loadListenerChecks();

/** Books an order once for each receipt. Each fault is one mistake of real listeners. */
type Fault =
  | "books the confirmation, too"
  | "reads items by position"
  | "expects numbers"
  | "books any amount"
  | "accepts every question"
  | "answers questions with OK"
  | "answers questions late"
  | "books on questions";

function findOrder(merchant: MerchantServer, event: DarajaEvent): MerchantOrder | undefined {
  if (event.kind === "confirmation") return merchant.orders.get(event.accountReference);
  if (event.kind === "checkout") return merchant.orders.get(event.requestId);
  const id =
    event.kind === "collection"
      ? event.checkoutRequestId
      : "conversationId" in event
        ? event.conversationId
        : null;
  return [...merchant.orders.values()].find(
    ({ conversationId }) => conversationId !== null && conversationId === id,
  );
}

function bookEvent(
  merchant: MerchantServer,
  receipts: Set<string>,
  event: DarajaEvent,
  fault: Fault | null,
): void {
  if (merchant.broken) throw new Error("the database is down");
  const order = findOrder(merchant, event);
  if (order === undefined) return;
  if (event.outcome === "refused" && order.status === "pending") order.status = "failed";
  const { outcome, receipt } = event;
  if (outcome !== "accepted" || receipt === null) return;
  const key = fault === "books the confirmation, too" ? `${event.kind}/${receipt}` : receipt;
  if (receipts.has(key)) return;
  const amount = "amount" in event ? event.amount : null;
  if (amount !== null && amount !== order.amount && fault !== "books any amount") {
    order.flagged = true;
    return;
  }
  receipts.add(key);
  order.status = "paid";
  order.bookings += 1;
  order.bookedAmount = order.amount;
}

/** What a faulty program makes of a body before it reads it. */
function isUnderstood(fault: Fault | null, text: string): boolean {
  if (fault === "expects numbers") return !/"ResultCode":"0"/.test(text);
  if (fault !== "reads items by position") return true;
  const items = [...text.matchAll(/"Name":"(\w+)"/g)].map(([, name]) => name);
  return items.length === 0 || items[1] === "MpesaReceiptNumber";
}

async function checkMerchant(fault: Fault | null, change: Partial<CheckSettings> = {}): Promise<Report> {
  const receipts = new Set<string>();
  await using merchant = await new MerchantServer({
    listener(server) {
      const listener = createListener({
        secret,
        onEvent: (event) => {
          if (isUnderstood(fault, JSON.stringify(event.fields))) bookEvent(server, receipts, event, fault);
        },
        onProblem: () => {},
      });
      const validator = createValidator({
        secret,
        decide({ accountReference, receipt }) {
          if (fault === "books on questions")
            server.orders.set(accountReference, {
              amount: "1.00",
              conversationId: receipt,
              status: "paid",
              bookings: 1,
              bookedAmount: "1.00",
              flagged: false,
              abandoned: false,
            });
          return { accept: true };
        },
        onProblem: () => {},
      });
      const handlers = { callback: toNodeHandler(listener), validate: toNodeHandler(validator) };
      return (request, response) => {
        if (request.url !== "/callback/validate") return handlers.callback(request, response);
        if (fault === "accepts every question")
          return void response.end(JSON.stringify({ ResultCode: 0, ResultDesc: "Accepted" }));
        if (fault === "answers questions with OK") return void response.end("OK");
        if (fault === "answers questions late")
          return void setTimeout(() => response.end(JSON.stringify({ ResultCode: 0 })), 150);
        return handlers.validate(request, response);
      };
    },
  }).start();
  const settings = settingsFor(merchant, {
    market: "safaricomKEN",
    checks: fault === "answers questions late" ? withDeadline(50) : checks,
    calls: ["stkPush", ...checks.calls.filter((call) => call !== "stkPush")],
    validationUrl: `${merchant.url}/callback/validate`,
    measureParallelism: () => Promise.resolve({ isParallel: true, message: "It has any number of workers." }),
    ...change,
  });
  return await checkListener({ ...settings, hooks: { ...settings.hooks, query: null } });
}

const withDeadline = (timeoutMs: number): typeof checks => ({
  ...checks,
  ...(checks.validation === undefined ? {} : { validation: { ...checks.validation, timeoutMs } }),
});

test("a correct listener of Daraja fails no case", async () => {
  const report = await checkMerchant(null);
  assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
  const passed = listByVerdict(report, "passed");
  for (const name of Object.keys(checks.variants ?? {}))
    assert(passed.includes(`${name}/booked-once`), describeFailures(report));
  for (const name of [
    "validation/answered",
    "validation/unreadable",
    "validation/not-booked",
    "wrong-amount/not-booked",
  ])
    assert(passed.includes(name), describeFailures(report));
});

const casesByFault: Readonly<Record<Fault, readonly string[]>> = {
  "books the confirmation, too": ["with-confirmation/booked-once", "confirmation-first/booked-once"],
  "reads items by position": ["items-reordered/booked-once"],
  "expects numbers": ["code-as-text/booked-once"],
  "books any amount": ["wrong-amount/not-booked"],
  "accepts every question": ["validation/unreadable"],
  "answers questions with OK": ["validation/answered"],
  "answers questions late": ["validation/answered"],
  "books on questions": ["validation/not-booked"],
};

for (const [fault, expected] of Object.entries(casesByFault) as [Fault, readonly string[]][])
  test(`a listener that ${fault} fails ${expected.join(" and ")}`, async () => {
    const report = await checkMerchant(fault, { calls: ["stkPush"] });
    assert.deepEqual(
      listByVerdict(report, "failed").filter((name) =>
        /^(?:with|conf|items|code|balance|wrong|valid)/.test(name),
      ),
      expected,
      describeFailures(report),
    );
  });
