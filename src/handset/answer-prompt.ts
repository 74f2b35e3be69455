/** Answers a prompt for the page, the control API and the USSD gateway: checks the PIN, then `payments` decides. */
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/rails.ts";
import type { Payments } from "../payments/payments.ts";
import { updateWallet } from "../store/rail/accounts.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readHandset } from "../store/rail/handsets.ts";
import { markAnsweredLate, readPrompt, type PromptRow } from "../store/rail/prompts.ts";
import type { AnswerRefusal, PromptOutcome } from "./handset-api.ts";
import { checkPin, type PinContext } from "./pin.ts";
import { promptOutcome } from "./message-text.ts";

export interface HandsetContext extends PinContext {
  readonly rail: Rail;
  /** The rail's own pool. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly payments: Payments;
  readonly newId: () => Id;
}

export type HandsetReplyResult = { readonly outcome: "accepted" | "prompt_not_open" } | AnswerRefusal;

/** `no_answer` comes from a USSD gateway only: its customer did not reply. */
export type HandsetReply = "approve" | "decline" | "no_answer";

const outcomeByReply = {
  approve: "approved",
  decline: "declined",
  no_answer: "expired",
} as const satisfies Record<HandsetReply, PromptOutcome>;

/**
 * Answers a prompt. `pin` is the PIN that was typed; null skips the check, for a caller that has authenticated the
 * customer.
 *
 * The prompt's state is checked before the PIN, so a wrong PIN for a prompt that has ended is not counted. The third
 * wrong PIN locks the handset and ends the prompt.
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
    if (verdict.outcome === "locked") {
      return { outcome: "locked", until: verdict.until, promptEnded: verdict.justLocked };
    }
    if (verdict.outcome !== "right") return verdict;
  }
  if (reply === "approve") await loseSignal(context, msisdn);
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, reply });
  if (refusal !== "prompt_not_open") return { outcome: "accepted" };
  return answerEndedPrompt(context, (await readPrompt(context.sql, paymentId)) ?? prompt, reply);
}

/**
 * Handles an answer to a prompt that has ended. If the answer matches the outcome, it is probably a retry after a
 * lost response: the result is `accepted` again, and nothing changes.
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

/** Runs before the payment is decided, so that the receipt already finds the handset without a signal. */
async function loseSignal({ sql }: HandsetContext, msisdn: string): Promise<void> {
  const handset = await readHandset(sql, msisdn);
  if (handset?.behaviour === "loses_signal")
    await updateWallet(sql, msisdn, { status: null, behaviour: "no_signal" });
}
