/** A handset in the control API: its state, prompts and messages, including those that have not arrived and why. */
import { Type } from "typebox";
import { shortcode } from "../../core/fields.ts";
import { msPerHour } from "../../core/clock.ts";
import { toSignal } from "../../handset/handset-state.ts";
import { promptOutcome, formatMessage } from "../../handset/message-text.ts";
import type { Market } from "../../core/markets.ts";
import { readHandset, type HandsetRow } from "../../store/rail/handsets.ts";
import { readMessages, type MessageRow } from "../../store/rail/messages.ts";
import { readPrompts, type PromptRow } from "../../store/rail/prompts.ts";
import { object, stringEnum, nullable } from "../../core/schema.ts";
import { behaviour, formatAmountMinor, timestamp, msisdn, amountOutput } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import type { ControlDeps } from "./route.ts";

export const delaySeconds = Type.Integer({
  minimum: 0,
  maximum: 3600,
  description: "The delay of a `slow` handset, in seconds of business time.",
});

export const handsetFields = {
  msisdn,
  firstName: Type.String({ examples: ["Zawadi"] }),
  lastName: Type.String({ examples: ["Mollel"] }),
  answer: behaviour,
  delaySeconds,
};

const statusText = Type.String({ description: "Its state or outcome, as text." });
export const transactionId = Type.String({ examples: ["hv9ahxcg4ccv"] });

export const handsetResponse = object({
  ...handsetFields,
  signal: stringEnum(["on", "none", "off"]),
  pin: object({
    left: Type.Integer({
      minimum: 1,
      maximum: 3,
      description: "Attempts left before the handset is locked.",
    }),
    lockedUntil: nullable(timestamp),
  }),
  blocked: Type.Array(object({ shortcode, name: Type.String({ examples: ["Duka la Amina"] }) }), {
    description: "The organisations that the customer has blocked, by shortcode.",
  }),
  prompts: Type.Array(
    object({
      transactionId,
      kind: stringEnum(["payment", "mandate"]),
      organisation: object({ shortcode, name: Type.String({ examples: ["Duka la Amina"] }) }),
      amount: amountOutput,
      reference: Type.String({ examples: ["T12344C"] }),
      at: timestamp,
      expiresAt: timestamp,
      shownAt: nullable(timestamp),
      endedAt: nullable(timestamp),
      open: Type.Boolean({ description: "Whether it is on the screen and can be answered." }),
      says: statusText,
    }),
    {
      description:
        "All open prompts, and at most twenty that ended in the last hour; newest first. No later prompt hides an open one.",
    },
  ),
  messages: Type.Array(
    object({
      transactionId,
      kind: Type.String({ examples: ["paid"] }),
      text: Type.String(),
      at: timestamp,
      state: stringEnum(["queued", "delivered", "lost"]),
      deliveredAt: nullable(timestamp),
      says: statusText,
    }),
    { description: "Queued messages first, then delivered and lost ones, newest first; at most fifty." },
  ),
});

export const noSuchHandset = "No handset in this market has this MSISDN.";

/** How long ended prompts are listed. */
const endedPromptListingMs = msPerHour;

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
    readPrompts(sql, number, now - endedPromptListingMs, 20),
    readMessages(sql, number, "all", 50),
  ]);
  if (row === undefined || state === null) throw new ApiError(404, noSuchHandset);
  const formatId = (id: bigint): string => publicIds.receipt(id);
  return {
    ...toHandsetSummary(row),
    signal: toSignal(row.behaviour),
    pin: { left: state.pin.left, lockedUntil: toIso(state.pin.lockedUntil) },
    blocked: [...state.blocked],
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
    kind: prompt.mandate === null ? ("payment" as const) : ("mandate" as const),
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

function describeOpenPrompt({ lostBy, displayedAt }: PromptRow, row: HandsetRow): string {
  if (lostBy !== null) return `Lost by the network, seed ${lostBy}: it will not arrive.`;
  if (displayedAt !== null) return "On the screen.";
  return toSignal(row.behaviour) === "on" ? "In transit." : "Waiting for a signal.";
}

function describeEndedPrompt(prompt: PromptRow): string {
  if (prompt.lostBy !== null)
    return `Lost by the network, seed ${prompt.lostBy}: it expired without being displayed.`;
  const lateNote = prompt.answeredLate ? " An answer came after that and had no effect." : "";
  return (
    (prompt.displayedAt === null ? "It expired without being displayed." : promptOutcome(prompt).message) +
    lateNote
  );
}

function toMessageResponse(
  message: MessageRow,
  row: HandsetRow,
  market: Market,
  formatId: (id: bigint) => string,
) {
  return {
    transactionId: message.receipt ?? formatId(message.paymentId),
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
    return lostBy === null ? "Lost: it was not accepted in time." : `Lost by the network, seed ${lostBy}.`;
  return toSignal(behaviour) === "on" ? "In transit." : "Waiting for a signal.";
}
