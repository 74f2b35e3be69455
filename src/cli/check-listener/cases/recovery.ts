/** A listener that cannot book for a while, says so, and is told again. */
import { failed, notObservable, passed, type Finding, type Scenario } from "../case.ts";
import { inWords } from "../exchange.ts";
import { bookedOnce } from "../records.ts";
import type { Delivery, Stage } from "../stage.ts";
import { use, type Tool } from "../tools.ts";
import { notAcknowledged } from "./answered.ts";

export const own503: Scenario = {
  name: "own-503",
  group: "Recovery",
  does: "Breaks what the listener needs (--break-…), tells of a success, mends it (--mend-…), and tells it again.",
  cases: {
    "not-acknowledged": {
      harm: "money",
      expects: "While it cannot book, it does not acknowledge; or what it acknowledged is booked after all.",
      otherwise: "A 2xx closes the message: what was not booked then never will be.",
      mend: "Answer 503 when the transaction fails, with Retry-After if you know when it may help. Acknowledge after the commit.",
    },
    "booked-once": {
      harm: "money",
      expects: "What is told again after its own 503 is booked, once.",
      otherwise: "A first attempt that failed halfway has either used up the message, or booked it already.",
      mend: "Put what remembers the message and what books it into one transaction.",
    },
  },
  async play(stage) {
    const { break: breaking, mend } = stage.settings.tools;
    if (breaking === null || mend === null) return whatHappenedByItself(stage);
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const first = await whileBroken(stage, breaking, mend, () => stage.send(message));
    if ((await stage.run.downFor()) === null) {
      for (const name of ["not-acknowledged", "booked-once"])
        stage.report(name, failed("It is still broken after it was mended."));
      return;
    }
    const delivery = await stage.goOn(message, [first]);
    await stage.watch("booked-once", [payment], bookedOnce);
    stage.report("not-acknowledged", saidSo(stage, first.failure, inWords(first)));
    notAcknowledged(stage, "booked-once", [delivery]);
  },
};

function saidSo(stage: Stage, failure: string | null, says: string): Finding {
  if (failure !== null) return passed(says);
  const booked = stage.findings.get("booked-once") as Finding;
  if (booked.verdict === "passed")
    return passed("It acknowledged while it was broken, and booked it after all.");
  if (booked.verdict === "failed") return failed(`It acknowledged (${says}) what it had not booked.`);
  return { ...booked, says: `It acknowledged (${says}); whether it booked it later is not to be seen.` };
}

/** What was broken is mended, whatever happens in between; an interruption too. */
async function whileBroken<T>(stage: Stage, breaking: Tool, mend: Tool, work: () => Promise<T>): Promise<T> {
  try {
    await use(breaking, {}, stage.settings.signal);
    stage.note("Broken by --break-….");
    return await work();
  } finally {
    await use(mend, {}, null);
    stage.note("Mended by --mend-….");
  }
}

const wants = "--break-command and --mend-command";

/** Nobody can make it fail; but if it failed by itself in the course of the run, that is seen. */
async function whatHappenedByItself(stage: Stage): Promise<void> {
  const recovered = stage.run.deliveries.filter(failedAndRecovered);
  stage.report(
    "not-acknowledged",
    notObservable("What breaks the listener, and mends it again, is not known.", wants),
  );
  if (recovered.length === 0) {
    const says = "The listener never answered 5xx to a good message, and nothing was given that makes it.";
    return stage.report("booked-once", notObservable(says, wants));
  }
  stage.note(
    `${recovered.length} messages were answered 5xx at first, and acknowledged when they were told again.`,
  );
  await stage.watch(
    "booked-once",
    recovered.map(({ message }) => message.payment),
    bookedOnce,
  );
}

const failedAndRecovered = ({ message, attempts, acknowledged }: Delivery): boolean =>
  acknowledged && (attempts[0].status ?? 0) >= 500 && message.code.endsWith("-0");
