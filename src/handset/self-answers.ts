/**
 * Handsets that answer by themselves: the slow one after its time, the late one after the prompt's.
 *
 * Nobody claims an answer before giving it. Two servers may both give it, and `payments` takes the first.
 */
import type { Happening, TimedWork } from "../clock.ts";
import { nextMessageArrival } from "../store/messages.ts";
import {
  clearAnswers,
  dueAnswers,
  nextAnswer,
  nextPromptArrival,
  noteLateAnswer,
  type DueAnswer,
} from "../store/prompts.ts";
import type { HandsetContext } from "./answering.ts";
import type { Carrying } from "./carry.ts";

const atOnce = 100;

/** Gives every answer whose time has come, and says what became of each. */
export async function giveDueAnswers(context: HandsetContext): Promise<Happening[]> {
  const happened: Happening[] = [];
  for (;;) {
    const due = await dueAnswers(context.sql, context.clock.now(), atOnce);
    happened.push(...(await Promise.all(due.map((each) => give(context, each)))).flat());
    await clearAnswers(
      context.sql,
      due.map(({ paymentId }) => paymentId),
    );
    if (due.length < atOnce) return happened;
  }
}

async function give(context: HandsetContext, due: DueAnswer): Promise<Happening[]> {
  const { payments, newId, sql, rail, wire } = context;
  const { paymentId, msisdn } = due;
  const says = due.answer === "decline" ? "decline" : "approve";
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, says });
  const about = wire.transactionId(paymentId);
  const happening = { at: due.answersAt.getTime(), market: rail.market, about };
  if (refusal !== "prompt_not_open") {
    const did = says === "approve" ? "approved" : "declined";
    return [{ ...happening, what: "handset_answered", says: `${msisdn} ${did} ${about} by itself.` }];
  }
  // The customer may have been quicker than their handset: then there is nothing to say.
  if (!(await noteLateAnswer(sql, paymentId))) return [];
  return [
    {
      ...happening,
      what: "handset_answered_late",
      says: `${msisdn} answered ${about} after its prompt had expired, in vain.`,
    },
  ];
}

/** What business time brings to handsets: prompts and messages that arrive, and answers. */
export function handsetTimes(context: HandsetContext, carrying: Carrying): TimedWork {
  const { sql, clock } = context;
  return {
    async nextAt(upto) {
      const now = clock.now();
      const times = await Promise.all([
        nextPromptArrival(sql, now, upto),
        nextMessageArrival(sql, now, upto),
        nextAnswer(sql, upto),
      ]);
      const known = times.filter((at) => at !== null);
      return known.length === 0 ? null : Math.min(...known);
    },
    async run() {
      await carrying.now();
      return giveDueAnswers(context);
    },
  };
}
