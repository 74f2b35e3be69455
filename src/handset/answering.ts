/** An answer to a prompt, from wherever it comes: the PIN is looked at, then `payments` decides. */
import type { Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { Rail } from "../money.ts";
import type { Payments } from "../payments/payments.ts";
import { setWallet } from "../store/accounts.ts";
import type { Sql } from "../store/connect.ts";
import { readHandset } from "../store/handsets.ts";
import { noteLateAnswer, readPrompt, type PromptRow } from "../store/prompts.ts";
import type { PinRefusal, PromptEnding } from "./phone.ts";
import { checkPin, type PinContext } from "./pin.ts";
import { endingOf } from "./words.ts";

/** What the handsets of a rail need. */
export interface HandsetContext extends PinContext {
  readonly rail: Rail;
  /** The rail's own pool. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly wire: WireNames;
  readonly payments: Payments;
  readonly newId: () => Id;
}

export type Settled = { readonly outcome: "accepted" | "prompt_not_open" } | PinRefusal;

/** What a customer says, or a gateway whose customer said nothing. */
export type Said = "approve" | "decline" | "no_answer";

const endings = {
  approve: "approved",
  decline: "declined",
  no_answer: "expired",
} as const satisfies Record<Said, PromptEnding>;

/**
 * Answers a prompt. `pin` is what was typed, or null where the caller vouches for the customer.
 *
 * A prompt that is over costs nobody a try of their PIN. The third wrong one ends the prompt, and locks.
 */
export async function answerPrompt(
  context: HandsetContext,
  prompt: PromptRow,
  says: Said,
  pin: string | null,
): Promise<Settled> {
  const { payments, newId } = context;
  const { paymentId, msisdn } = prompt;
  if (prompt.endedAt !== null || prompt.expiresAt.getTime() <= context.clock.now()) {
    return answerAgain(context, prompt, says);
  }
  if (says === "approve" && pin !== null) {
    const verdict = await checkPin(context, msisdn, pin);
    if (verdict.outcome === "locked" && verdict.justNow) {
      await payments.answerPrompt({ id: newId(), paymentId, says: "wrong_pin" });
    }
    if (verdict.outcome === "locked") return { outcome: "locked", until: verdict.until };
    if (verdict.outcome !== "right") return verdict;
  }
  if (says === "approve") await loseSignal(context, msisdn);
  const { refusal } = await payments.answerPrompt({ id: newId(), paymentId, says });
  if (refusal !== "prompt_not_open") return { outcome: "accepted" };
  return answerAgain(context, (await readPrompt(context.sql, paymentId)) ?? prompt, says);
}

/**
 * An answer to a prompt that is over. One that says how it ended is most likely given again, because whoever
 * gave it never heard from us: it is accepted once more, and changes nothing.
 */
async function answerAgain({ sql }: HandsetContext, prompt: PromptRow, says: Said): Promise<Settled> {
  if (endingOf(prompt).ending === endings[says]) return { outcome: "accepted" };
  await noteLateAnswer(sql, prompt.paymentId);
  return { outcome: "prompt_not_open" };
}

/** The handset that loses its signal after the PIN does so before there can be a message for it. */
async function loseSignal({ sql }: HandsetContext, msisdn: string): Promise<void> {
  const handset = await readHandset(sql, msisdn);
  if (handset?.answer === "loses_signal") await setWallet(sql, msisdn, { status: null, answer: "no_signal" });
}
