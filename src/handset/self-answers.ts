/**
 * Handsets that answer by themselves: the slow one after its time, the late one after the prompt's.
 *
 * Nobody claims an answer before giving it. Two servers may both give it, and `payments` takes the first.
 */
import type { Happening, TimedWork } from "../clock.ts";
import type { PromptWord } from "../payments/decide-answer.ts";
import type { StandingAnswer } from "../store/accounts.ts";
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

/** Gives every answer whose time has come, once, and says what became of each. */
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

type OwnWord = Extract<PromptWord, "approve" | "decline" | "unreachable">;

/**
 * What a handset does when its time has come, by how it behaves now: it may have been told otherwise since.
 * Null leaves the prompt to a person, or to its expiry.
 */
const ownWords: Readonly<Record<StandingAnswer, OwnWord | null>> = {
  approve: "approve",
  slow: "approve",
  late: "approve",
  decline: "decline",
  off: "unreachable",
  ignore: null,
  ask: null,
  no_signal: null,
  loses_signal: null,
};

const didWhat: Readonly<Record<OwnWord, (msisdn: string, about: string) => string>> = {
  approve: (msisdn, about) => `${msisdn} approved ${about} by itself.`,
  decline: (msisdn, about) => `${msisdn} declined ${about} by itself.`,
  unreachable: (msisdn, about) => `${msisdn} was switched off before it answered ${about}.`,
};

async function give(context: HandsetContext, due: DueAnswer): Promise<Happening[]> {
  const { payments, newId, sql, rail, wire } = context;
  const { paymentId, msisdn } = due;
  const says = ownWords[due.answer];
  if (says === null) return [];
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, says });
  const about = wire.transactionId(paymentId);
  const happening = { at: due.answersAt.getTime(), market: rail.market, about };
  if (refusal !== "prompt_not_open") {
    const what = says === "unreachable" ? "handset_unreachable" : "handset_answered";
    return [{ ...happening, what, says: didWhat[says](msisdn, about) }];
  }
  // The customer may have been quicker than their handset: then there is nothing to say. So it is for a
  // phone that is off.
  if (says === "unreachable" || !(await noteLateAnswer(sql, paymentId))) return [];
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
