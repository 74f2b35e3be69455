/** A handset as the control API shows it: with what has not reached it, and why. */
import { msPerHour } from "../../core/clock.ts";
import { toSignal } from "../../handset/handset-state.ts";
import { promptOutcome, formatMessage } from "../../handset/message-text.ts";
import type { Market } from "../../core/money.ts";
import { readHandset, type HandsetRow } from "../../store/rail/handsets.ts";
import { readMessages, type MessageRow } from "../../store/rail/messages.ts";
import { readPrompts, type PromptRow } from "../../store/rail/prompts.ts";
import { behaviour, formatAmountMinor, timestamp, msisdn, shortcode, amountOutput } from "./fields.ts";
import { ControlError, type ControlDeps } from "./route.ts";
import { boolean, array, object, stringEnum, nullable, string, integer } from "./schema.ts";

export const delaySeconds = integer({
  minimum: 0,
  maximum: 3600,
  description: "How long a `slow` handset takes, in seconds of business time.",
});

export const handsetFields = {
  msisdn,
  firstName: string({ examples: ["Zawadi"] }),
  lastName: string({ examples: ["Mollel"] }),
  answer: behaviour,
  delaySeconds,
};

const statusText = string({ description: "How it stands or how it ended, in words." });
export const transactionId = string({ examples: ["hv9ahxcg4ccv"] });

export const handsetResponse = object({
  ...handsetFields,
  signal: stringEnum(["on", "none", "off"]),
  pin: object({
    left: integer({ minimum: 1, maximum: 3, description: "Tries that are left before it locks." }),
    lockedUntil: nullable(timestamp),
  }),
  prompts: array(
    object({
      transactionId,
      kind: stringEnum(["payment", "mandate"]),
      organisation: object({ shortcode, name: string({ examples: ["Duka la Amina"] }) }),
      amount: amountOutput,
      reference: string({ examples: ["T12344C"] }),
      at: timestamp,
      expiresAt: timestamp,
      shownAt: nullable(timestamp),
      endedAt: nullable(timestamp),
      open: boolean({ description: "Whether it is on the screen and waits for an answer." }),
      says: statusText,
    }),
    { description: "Open ones, and those that ended in the last hour; newest first, twenty at most." },
  ),
  messages: array(
    object({
      transactionId,
      kind: string({ examples: ["paid"] }),
      text: string({}),
      at: timestamp,
      state: stringEnum(["queued", "delivered", "lost"]),
      deliveredAt: nullable(timestamp),
      says: statusText,
    }),
    { description: "Those that wait, then the delivered and lost ones, newest first; fifty at most." },
  ),
});

export const noSuchHandset = "There is no handset with this number in this market.";

/** How long prompts that have ended are still shown. */
const endedPromptsShownMs = msPerHour;

export async function readHandsetResponse(
  market: Market,
  number: string,
  { payments, handsets, clock, publicIds }: ControlDeps,
) {
  const { sql } = payments(market).context;
  const now = clock.now();
  const [row, state, prompts, messages] = await Promise.all([
    readHandset(sql, number),
    handsets(market).getState(number),
    readPrompts(sql, number, now - endedPromptsShownMs, 20),
    readMessages(sql, number, "all", 50),
  ]);
  if (row === undefined || state === null) throw new ControlError(404, noSuchHandset);
  const formatId = (id: bigint): string => publicIds.receipt(id);
  return {
    ...toHandsetSummary(row),
    signal: toSignal(row.behaviour),
    pin: { left: state.pin.left, lockedUntil: toIso(state.pin.lockedUntil) },
    prompts: prompts.map((prompt) => toPromptResponse(prompt, row, market, now, formatId)),
    messages: messages.map((message) => toMessageResponse(message, row, market, formatId)),
  };
}

const toIso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const toHandsetSummary = ({
  msisdn: number,
  firstName,
  lastName,
  behaviour,
  delayMs,
}: HandsetRow) => ({
  msisdn: number,
  firstName,
  lastName,
  answer: behaviour,
  delaySeconds: Math.ceil(delayMs / 1000),
});

function toPromptResponse(
  prompt: PromptRow,
  row: HandsetRow,
  market: Market,
  now: number,
  formatId: (id: bigint) => string,
) {
  const isOpen = prompt.endedAt === null && prompt.expiresAt.getTime() > now;
  return {
    transactionId: formatId(prompt.paymentId),
    kind: prompt.mandate === null ? "payment" : "mandate",
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    amount: formatAmountMinor(prompt.amountMinor, market),
    reference: prompt.reference,
    at: prompt.createdAt.toISOString(),
    expiresAt: prompt.expiresAt.toISOString(),
    shownAt: prompt.displayedAt?.toISOString() ?? null,
    endedAt: prompt.endedAt?.toISOString() ?? null,
    open: isOpen && prompt.displayedAt !== null,
    says: isOpen ? describeOpenPrompt(prompt, row) : describeEndedPrompt(prompt),
  };
}

function describeOpenPrompt({ lostBy, displayedAt: shownAt }: PromptRow, row: HandsetRow): string {
  if (lostBy !== null) return `Lost by the network, seed ${lostBy}: it will not arrive.`;
  if (shownAt !== null) return "It is on the screen.";
  return toSignal(row.behaviour) === "on" ? "It is on its way." : "It waits for a signal.";
}

function describeEndedPrompt(prompt: PromptRow): string {
  if (prompt.lostBy !== null) return `Lost by the network, seed ${prompt.lostBy}: it expired unseen.`;
  const lateNote = prompt.answeredLate ? " Somebody answered after that, in vain." : "";
  return (prompt.displayedAt === null ? "It expired unseen." : promptOutcome(prompt).message) + lateNote;
}

function toMessageResponse(
  message: MessageRow,
  row: HandsetRow,
  market: Market,
  formatId: (id: bigint) => string,
) {
  return {
    transactionId: formatId(message.paymentId),
    kind: message.kind,
    text: formatMessage(message, market, formatId),
    at: message.at.toISOString(),
    state: message.state,
    deliveredAt: message.deliveredAt?.toISOString() ?? null,
    says: describeMessage(message, row),
  };
}

function describeMessage({ state, lostBy }: MessageRow, { behaviour }: HandsetRow): string {
  if (state === "delivered") return "Delivered.";
  if (state === "lost")
    return lostBy === null ? "Lost: nobody took it." : `Lost by the network, seed ${lostBy}.`;
  return toSignal(behaviour) === "on" ? "It is on its way." : "It waits for a signal.";
}
