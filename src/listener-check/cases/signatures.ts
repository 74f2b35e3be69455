/** Forged and genuine signatures. These cases need the application's secret. */
import type { CheckedPayment } from "../../protocols/listener-checks.ts";
import { Webhook } from "standardwebhooks";
import { msPerMinute } from "../../core/clock.ts";
import type { CaseText, Scenario } from "../case.ts";
import { failed, notObservable, passed, warning } from "../finding.ts";
import { buildHeaders, describeExchange, type Exchange, type SignatureOptions } from "../exchange.ts";
import { getContent } from "../message-content.ts";
import { bookedOnce, notBooked } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

const createRefusedText = (expects: string, fix: string): CaseText => ({
  severity: "money",
  expects,
  consequence:
    "The listener is on the public internet, so anyone who knows its address can send results that are accepted.",
  fix,
});

const verify =
  "Verify webhook-signature over the received bytes before you parse them, and respond with 401 on failure. A Standard Webhooks library does this in one line.";
const compareTime = "Refuse a webhook-timestamp that differs from your clock by more than five minutes.";

/** Sends a success with an invalid signature. */
type Forgery = (runner: ScenarioRunner, payment: CheckedPayment) => Promise<Exchange>;

interface ForgeryCase {
  readonly text: CaseText;
  readonly send: Forgery;
}

const createForgery =
  (toSignature: (runner: ScenarioRunner, payment: CheckedPayment) => SignatureOptions): Forgery =>
  (runner, payment) =>
    runner.send(runner.successMessage(payment), toSignature(runner, payment));

/** A secret that does not belong to the application. */
const createOtherWebhook = ({ settings }: ScenarioRunner): Webhook =>
  new Webhook(settings.random.bytes("another secret", 32).toString("base64"));

const forgeries: Readonly<Record<string, ForgeryCase>> = {
  missing: {
    text: createRefusedText("A message without a signature is refused.", verify),
    send: createForgery(() => ({ webhooks: [] })),
  },
  forged: {
    text: createRefusedText("A signature made with another secret is refused.", verify),
    send: createForgery((runner) => ({ webhooks: [createOtherWebhook(runner)] })),
  },
  tampered: {
    text: createRefusedText("A refusal that was changed into a success in transit is refused.", verify),
    send: createForgery((runner, payment) => ({
      ...runner.defaultSignature(),
      signedContent: getContent(runner.refusalMessage(payment, "payment_failed")),
    })),
  },
  "other-message": {
    text: createRefusedText(
      "A success with the headers of another genuine message is refused.",
      "The signature covers the id, the timestamp and the body: take all three from the same message.",
    ),
    async send(runner, payment) {
      const other = runner.successMessage(runner.createUnrequestedPayment("another message"));
      const headers = await buildHeaders(other, runner.defaultSignature());
      return runner.send(runner.successMessage(payment), { webhooks: [] }, { headers });
    },
  },
  old: {
    text: createRefusedText("A message that was signed ten minutes ago is refused.", compareTime),
    send: createForgery((runner) => ({
      ...runner.defaultSignature(),
      at: new Date(Date.now() - 10 * msPerMinute),
    })),
  },
  future: {
    text: createRefusedText(
      "A message that was signed with a time ten minutes ahead is refused.",
      compareTime,
    ),
    send: createForgery((runner) => ({
      ...runner.defaultSignature(),
      at: new Date(Date.now() + 10 * msPerMinute),
    })),
  },
};

export const signatures: Scenario = {
  name: "signature",
  group: "Signatures",
  description:
    "Sends successes whose signatures are missing, forged, too old, or taken from another message; then the genuine ones.",
  cases: {
    ...Object.fromEntries(Object.entries(forgeries).map(([name, { text }]) => [name, text])),
    rotated: {
      severity: "message",
      expects: "A message with two signatures, the second of them valid, is accepted.",
      consequence:
        "While a secret is rotated, both secrets sign. A listener that checks only the first signature refuses everything.",
      fix: "Split webhook-signature at spaces, and accept the message if any signature is valid.",
    },
    "booked-after-all": {
      severity: "money",
      expects: "The genuine messages that follow the forged ones are booked, once each.",
      consequence:
        "An attacker who guesses a reference could block its genuine result with a forged one that is marked as processed.",
      fix: "Verify first, and mark as processed only what you have verified and booked.",
    },
  },
  async run(runner) {
    if (runner.settings.webhook === null) {
      const names = [...Object.keys(forgeries), "rotated", "booked-after-all"];
      for (const name of names)
        runner.report(name, notObservable("The signature cases need the secret.", "--secret"));
      return;
    }
    const payments = [];
    for (const [name, { send }] of Object.entries(forgeries)) {
      const caseRunner = runner.forCase(name);
      const payment = await caseRunner.begin(name);
      payments.push(payment);
      const exchange = await send(caseRunner, payment);
      caseRunner.report(name, toFinding(exchange, caseRunner.canObserve(payment)));
      if (caseRunner.canObserve(payment)) await caseRunner.expectRecordsNow(name, [payment], notBooked);
    }
    await sendRotated(runner.forCase("rotated"));
    await sendGenuine(runner.forCase("booked-after-all"), payments);
  },
};

function toFinding(exchange: Exchange, isObservable: boolean) {
  const message = describeExchange(exchange);
  if (exchange.failure !== null)
    return message.startsWith("No answer within") ? failed(message) : passed(`Refused. ${message}`);
  return isObservable
    ? warning(`It was acknowledged (${exchange.status}), but not booked.`)
    : failed(`It was acknowledged (${exchange.status}).`);
}

async function sendRotated(runner: ScenarioRunner): Promise<void> {
  const payment = await runner.begin("rotated");
  const { webhooks } = runner.defaultSignature();
  const message = runner.successMessage(payment);
  const delivery = await runner.continueDelivery(message, [
    await runner.send(message, { webhooks: [createOtherWebhook(runner), ...webhooks] }),
  ]);
  runner.reportAcknowledged("rotated", [delivery]);
  if (runner.canObserve(payment)) await runner.expectRecords("rotated", [payment], bookedOnce);
}

async function sendGenuine(runner: ScenarioRunner, payments: readonly CheckedPayment[]): Promise<void> {
  for (const payment of payments) await runner.deliver(runner.successMessage(payment));
  await runner.expectRecords("booked-after-all", payments, bookedOnce);
}
