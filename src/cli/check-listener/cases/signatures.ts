/** Who a message is from. Scored with the application's secret alone. */
import { Webhook } from "standardwebhooks";
import { minute } from "../../../clock.ts";
import { failed, notObservable, passed, warning, type CaseText, type Scenario } from "../case.ts";
import { headersOf, inWords, type Exchange, type SignedBy } from "../exchange.ts";
import type { Payment } from "../payments.ts";
import { bookedOnce, notBooked } from "../records.ts";
import type { Stage } from "../stage.ts";

const refusedText = (expects: string, mend: string): CaseText => ({
  harm: "money",
  expects,
  otherwise:
    "Whoever knows the listener's address, and it is on the open internet, writes results of their own and is served.",
  mend,
});

const verify =
  "Verify webhook-signature over the bytes that came, before parsing them, and answer 401: a Standard Webhooks library does it in one line.";
const compareTime =
  "Refuse a webhook-timestamp that is more than five minutes away from your clock, to either side.";

/** Sends a success that nobody who has the secret has signed so. */
type Forgery = (stage: Stage, payment: Payment) => Promise<Exchange>;

interface Forged {
  readonly text: CaseText;
  readonly send: Forgery;
}

const signedBy =
  (how: (stage: Stage, payment: Payment) => SignedBy): Forgery =>
  (stage, payment) =>
    stage.send(stage.success(payment), how(stage, payment));

/** A secret that nobody has. */
const another = ({ settings }: Stage): Webhook =>
  new Webhook(settings.chance.bytes("another secret", 32).toString("base64"));

const forgeries: Readonly<Record<string, Forged>> = {
  missing: {
    text: refusedText("A message without a signature is refused.", verify),
    send: signedBy(() => ({ webhooks: [] })),
  },
  forged: {
    text: refusedText("A signature made with another secret is refused.", verify),
    send: signedBy((stage) => ({ webhooks: [another(stage)] })),
  },
  tampered: {
    text: refusedText("A refusal that was made a success on its way is refused.", verify),
    send: signedBy((stage, payment) => ({
      ...stage.signed(),
      over: stage.refusal(payment, "payment_failed").body,
    })),
  },
  "other-message": {
    text: refusedText(
      "A success that carries the headers of another true message is refused.",
      "The id and the timestamp are signed together with the body: take all three from the same message.",
    ),
    async send(stage, payment) {
      const other = stage.success(stage.stranger("another message"));
      const headers = await headersOf(other.payment.conversationId, other.body, stage.signed());
      return stage.send(stage.success(payment), { webhooks: [] }, { headers });
    },
  },
  old: {
    text: refusedText("A message that was signed ten minutes ago is refused.", compareTime),
    send: signedBy((stage) => ({ ...stage.signed(), at: new Date(Date.now() - 10 * minute) })),
  },
  future: {
    text: refusedText("A message that was signed for ten minutes from now is refused.", compareTime),
    send: signedBy((stage) => ({ ...stage.signed(), at: new Date(Date.now() + 10 * minute) })),
  },
};

export const signatures: Scenario = {
  name: "signature",
  group: "Signatures",
  does: "Sends successes with signatures that are missing, forged, old, or another message's; then the true ones.",
  cases: {
    ...Object.fromEntries(Object.entries(forgeries).map(([name, { text }]) => [name, text])),
    rotated: {
      harm: "message",
      expects: "A message with two signatures, of which the second is made with the secret, is accepted.",
      otherwise:
        "While a secret is being replaced both sign, and a listener that looks at the first alone refuses everything.",
      mend: "Split webhook-signature at its spaces, and accept if any of them is right.",
    },
    "booked-after-all": {
      harm: "money",
      expects: "The true messages that follow the forged ones are booked, once each.",
      otherwise:
        "Whoever guesses a reference shuts its true result out by a forged one that is remembered as handled.",
      mend: "Verify first; remember only what you have verified and booked.",
    },
  },
  async play(stage) {
    if (stage.settings.webhook === null) {
      const names = [...Object.keys(forgeries), "rotated", "booked-after-all"];
      for (const name of names)
        stage.report(name, notObservable("Signatures are scored with the secret alone.", "--secret"));
      return;
    }
    const payments = [];
    for (const [name, { send }] of Object.entries(forgeries)) {
      const here = stage.for(name);
      const payment = await here.begin(name);
      payments.push(payment);
      const exchange = await send(here, payment);
      here.report(name, judged(exchange, here.sees(payment)));
      if (here.sees(payment)) await here.watchForNow(name, [payment], notBooked);
    }
    await rotated(stage.for("rotated"));
    await bookedAfterAll(stage.for("booked-after-all"), payments);
  },
};

function judged(exchange: Exchange, seen: boolean) {
  const says = inWords(exchange);
  if (exchange.failure !== null)
    return says.startsWith("No answer within") ? failed(says) : passed(`Refused. ${says}`);
  return seen
    ? warning(`It was acknowledged (${exchange.status}), though not booked.`)
    : failed(`It was acknowledged (${exchange.status}).`);
}

async function rotated(stage: Stage): Promise<void> {
  const payment = await stage.begin("rotated");
  const { webhooks } = stage.signed();
  const message = stage.success(payment);
  const delivery = await stage.goOn(message, [
    await stage.send(message, { webhooks: [another(stage), ...webhooks] }),
  ]);
  stage.acknowledged("rotated", [delivery]);
  if (stage.sees(payment)) await stage.watch("rotated", [payment], bookedOnce);
}

async function bookedAfterAll(stage: Stage, payments: readonly Payment[]): Promise<void> {
  for (const payment of payments) await stage.tell(stage.success(payment));
  await stage.watch("booked-after-all", payments, bookedOnce);
}
