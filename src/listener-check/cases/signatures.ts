/** Who a message is from. Scored with the application's secret alone. */
import { Webhook } from "standardwebhooks";
import { msPerMinute } from "../../core/clock.ts";
import { failed, notObservable, passed, warning, type CaseText, type Scenario } from "../case.ts";
import { buildHeaders, describeExchange, type Exchange, type SignatureOptions } from "../exchange.ts";
import type { Payment } from "../payments.ts";
import { bookedOnce, notBooked } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

const createRefusedText = (expects: string, fix: string): CaseText => ({
  severity: "money",
  expects,
  consequence:
    "Whoever knows the listener's address, and it is on the open internet, writes results of their own and is served.",
  fix,
});

const verify =
  "Verify webhook-signature over the bytes that came, before parsing them, and answer 401: a Standard Webhooks library does it in one line.";
const compareTime =
  "Refuse a webhook-timestamp that is more than five minutes away from your clock, to either side.";

/** Sends a success that nobody who has the secret has signed so. */
type Forgery = (runner: ScenarioRunner, payment: Payment) => Promise<Exchange>;

interface ForgeryCase {
  readonly text: CaseText;
  readonly send: Forgery;
}

const createForgery =
  (toSignature: (runner: ScenarioRunner, payment: Payment) => SignatureOptions): Forgery =>
  (runner, payment) =>
    runner.send(runner.successMessage(payment), toSignature(runner, payment));

/** A secret that nobody has. */
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
    text: createRefusedText("A refusal that was made a success on its way is refused.", verify),
    send: createForgery((runner, payment) => ({
      ...runner.defaultSignature(),
      signedBody: runner.refusalMessage(payment, "payment_failed").body,
    })),
  },
  "other-message": {
    text: createRefusedText(
      "A success that carries the headers of another true message is refused.",
      "The id and the timestamp are signed together with the body: take all three from the same message.",
    ),
    async send(runner, payment) {
      const other = runner.successMessage(runner.createUnrequestedPayment("another message"));
      const headers = await buildHeaders(other.payment.conversationId, other.body, runner.defaultSignature());
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
    text: createRefusedText("A message that was signed for ten minutes from now is refused.", compareTime),
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
    "Sends successes with signatures that are missing, forged, old, or another message's; then the true ones.",
  cases: {
    ...Object.fromEntries(Object.entries(forgeries).map(([name, { text }]) => [name, text])),
    rotated: {
      severity: "message",
      expects: "A message with two signatures, of which the second is made with the secret, is accepted.",
      consequence:
        "While a secret is being replaced both sign, and a listener that looks at the first alone refuses everything.",
      fix: "Split webhook-signature at its spaces, and accept if any of them is right.",
    },
    "booked-after-all": {
      severity: "money",
      expects: "The true messages that follow the forged ones are booked, once each.",
      consequence:
        "Whoever guesses a reference shuts its true result out by a forged one that is remembered as handled.",
      fix: "Verify first; remember only what you have verified and booked.",
    },
  },
  async run(runner) {
    if (runner.settings.webhook === null) {
      const names = [...Object.keys(forgeries), "rotated", "booked-after-all"];
      for (const name of names)
        runner.report(name, notObservable("Signatures are scored with the secret alone.", "--secret"));
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
    ? warning(`It was acknowledged (${exchange.status}), though not booked.`)
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

async function sendGenuine(runner: ScenarioRunner, payments: readonly Payment[]): Promise<void> {
  for (const payment of payments) await runner.deliver(runner.successMessage(payment));
  await runner.expectRecords("booked-after-all", payments, bookedOnce);
}
