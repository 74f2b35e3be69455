/**
 * Automatic replies of sandbox handsets: `slow` replies after its delay, `late` after the prompt has expired.
 *
 * Due replies are not claimed. Two servers may both send one; `payments` accepts the first.
 */
import type { ClockEvent, ClockDrivenJob } from "../core/clock.ts";
import type { PromptReply } from "../payments/rules/answer-prompt.ts";
import type { PromptBehaviour } from "../store/rail/accounts.ts";
import { readNextMessageArrival } from "../store/rail/messages.ts";
import {
  clearAutoReplies,
  readDueAutoReplies,
  readNextAutoReplyAt,
  readNextPromptArrival,
  markAnsweredLate,
  type DueAutoReply,
} from "../store/rail/prompts.ts";
import type { HandsetContext } from "./answer-prompt.ts";
import type { DeliveryLoop } from "./delivery-loop.ts";

const batchSize = 100;

/** Sends every reply that is due, and returns an event for each. */
export async function sendDueAutoReplies(context: HandsetContext): Promise<ClockEvent[]> {
  const events: ClockEvent[] = [];
  for (;;) {
    const due = await readDueAutoReplies(context.sql, context.clock.now(), batchSize);
    events.push(...(await Promise.all(due.map((dueReply) => sendAutoReply(context, dueReply)))).flat());
    await clearAutoReplies(
      context.sql,
      due.map(({ paymentId }) => paymentId),
    );
    if (due.length < batchSize) return events;
  }
}

type AutoReply = Extract<PromptReply, "approve" | "decline" | "unreachable">;

/**
 * The reply by the behaviour at the time of the reply, since it may have changed after the prompt arrived. Null: no
 * automatic reply; a person answers, or the prompt expires.
 */
const autoReplies: Readonly<Record<PromptBehaviour, AutoReply | null>> = {
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

const replyDescriptions: Readonly<Record<AutoReply, (msisdn: string, transactionId: string) => string>> = {
  approve: (msisdn, transactionId) => `${msisdn} approved ${transactionId} automatically.`,
  decline: (msisdn, transactionId) => `${msisdn} declined ${transactionId} automatically.`,
  unreachable: (msisdn, transactionId) => `${msisdn} was switched off before it answered ${transactionId}.`,
};

async function sendAutoReply(context: HandsetContext, due: DueAutoReply): Promise<ClockEvent[]> {
  const { payments, newId, sql, rail, publicIds } = context;
  const { paymentId, msisdn } = due;
  const reply = autoReplies[due.behaviour];
  if (reply === null) return [];
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, reply });
  const transactionId = publicIds.receipt(paymentId);
  const event = {
    at: due.autoReplyAt.getTime(),
    market: rail.market,
    subject: transactionId,
  } satisfies Partial<ClockEvent>;
  if (refusal !== "prompt_not_open") {
    const type = reply === "unreachable" ? "handset_unreachable" : "handset_answered";
    return [{ ...event, type, message: replyDescriptions[reply](msisdn, transactionId) }];
  }
  // No event if the customer answered first, or if the handset is off.
  if (reply === "unreachable" || !(await markAnsweredLate(sql, paymentId))) return [];
  return [
    {
      ...event,
      type: "handset_answered_late",
      message: `${msisdn} answered ${transactionId} after its prompt had expired: the answer had no effect.`,
    },
  ];
}

/** Work that becomes due by business time: delayed prompts and messages, and automatic replies. */
export function handsetClockWork(context: HandsetContext, deliveryLoop: DeliveryLoop): ClockDrivenJob {
  const { sql, clock } = context;
  return {
    async nextAt(until) {
      const now = clock.now();
      const times = await Promise.all([
        readNextPromptArrival(sql, now, until),
        readNextMessageArrival(sql, now, until),
        readNextAutoReplyAt(sql, until),
      ]);
      const timestamps = times.filter((at) => at !== null);
      return timestamps.length === 0 ? null : Math.min(...timestamps);
    },
    async run() {
      await deliveryLoop.deliverNow();
      return sendDueAutoReplies(context);
    },
  };
}
