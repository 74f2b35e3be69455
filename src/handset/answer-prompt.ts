/** An answer to a prompt, from wherever it comes: the PIN is looked at, then `payments` decides. */
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/money.ts";
import type { Payments } from "../payments/payments.ts";
import { updateWallet } from "../store/rail/accounts.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readHandset } from "../store/rail/handsets.ts";
import { markAnsweredLate, readPrompt, type PromptRow } from "../store/rail/prompts.ts";
import type { PinRefusal, PromptOutcome } from "./handset-api.ts";
import { checkPin, type PinContext } from "./pin.ts";
import { promptOutcome } from "./message-text.ts";

/** What the handsets of a rail need. */
export interface HandsetContext extends PinContext {
  readonly rail: Rail;
  /** The rail's own pool. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly payments: Payments;
  readonly newId: () => Id;
}

export type HandsetReplyResult = { readonly outcome: "accepted" | "prompt_not_open" } | PinRefusal;

/** What a customer says, or a gateway whose customer said nothing. */
export type HandsetReply = "approve" | "decline" | "no_answer";

const outcomeByReply = {
  approve: "approved",
  decline: "declined",
  no_answer: "expired",
} as const satisfies Record<HandsetReply, PromptOutcome>;

/**
 * Answers a prompt. `pin` is what was typed, or null where the caller vouches for the customer.
 *
 * A prompt that is over costs nobody a try of their PIN. The third wrong one ends the prompt, and locks.
 */
export async function answerPrompt(
  context: HandsetContext,
  prompt: PromptRow,
  reply: HandsetReply,
  pin: string | null,
): Promise<HandsetReplyResult> {
  const { payments, newId } = context;
  const { paymentId, msisdn } = prompt;
  if (prompt.endedAt !== null || prompt.expiresAt.getTime() <= context.clock.now()) {
    return answerEndedPrompt(context, prompt, reply);
  }
  if (reply === "approve" && pin !== null) {
    const verdict = await checkPin(context, msisdn, pin);
    if (verdict.outcome === "locked" && verdict.justLocked) {
      await payments.answerPrompt({ id: newId(), paymentId, reply: "wrong_pin" });
    }
    if (verdict.outcome === "locked") return { outcome: "locked", until: verdict.until };
    if (verdict.outcome !== "right") return verdict;
  }
  if (reply === "approve") await loseSignal(context, msisdn);
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, reply });
  if (refusal !== "prompt_not_open") return { outcome: "accepted" };
  return answerEndedPrompt(context, (await readPrompt(context.sql, paymentId)) ?? prompt, reply);
}

/**
 * An answer to a prompt that is over. One that says how it ended is most likely given again, because whoever
 * gave it never heard from us: it is accepted once more, and changes nothing.
 */
async function answerEndedPrompt(
  { sql }: HandsetContext,
  prompt: PromptRow,
  reply: HandsetReply,
): Promise<HandsetReplyResult> {
  if (promptOutcome(prompt).outcome === outcomeByReply[reply]) return { outcome: "accepted" };
  await markAnsweredLate(sql, prompt.paymentId);
  return { outcome: "prompt_not_open" };
}

/** The handset that loses its signal after the PIN does so before there can be a message for it. */
async function loseSignal({ sql }: HandsetContext, msisdn: string): Promise<void> {
  const handset = await readHandset(sql, msisdn);
  if (handset?.behaviour === "loses_signal")
    await updateWallet(sql, msisdn, { status: null, behaviour: "no_signal" });
}
