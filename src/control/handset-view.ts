/** A handset as the control API shows it: with what has not reached it, and why. */
import { hour } from "../clock.ts";
import { signalOf } from "../handset/view.ts";
import { endingOf, messageText } from "../handset/words.ts";
import type { Market } from "../money.ts";
import { readHandset, type HandsetRow } from "../store/handsets.ts";
import { readMessages, type MessageRow } from "../store/messages.ts";
import { readPrompts, type PromptRow } from "../store/prompts.ts";
import { answer, decimal, moment, msisdn, shortcode, shownAmount } from "./fields.ts";
import { ControlError, type ControlDeps } from "./route.ts";
import { flag, list, object, oneOf, orNull, text, whole } from "./schema.ts";

export const delaySeconds = whole({
  minimum: 0,
  maximum: 3600,
  description: "How long a `slow` handset takes, in seconds of business time.",
});

export const summary = {
  msisdn,
  firstName: text({ examples: ["Zawadi"] }),
  lastName: text({ examples: ["Mollel"] }),
  answer,
  delaySeconds,
};

const says = text({ description: "How it stands or how it ended, in words." });
export const transactionId = text({ examples: ["hv9ahxcg4ccv"] });

export const handset = object({
  ...summary,
  signal: oneOf(["on", "none", "off"]),
  pin: object({
    left: whole({ minimum: 1, maximum: 3, description: "Tries that are left before it locks." }),
    lockedUntil: orNull(moment),
  }),
  prompts: list(
    object({
      transactionId,
      kind: oneOf(["payment", "mandate"]),
      organisation: object({ shortcode, name: text({ examples: ["Duka la Amina"] }) }),
      amount: shownAmount,
      reference: text({ examples: ["T12344C"] }),
      at: moment,
      expiresAt: moment,
      shownAt: orNull(moment),
      endedAt: orNull(moment),
      open: flag({ description: "Whether it is on the screen and waits for an answer." }),
      says,
    }),
    { description: "Open ones, and those that ended in the last hour; newest first, twenty at most." },
  ),
  messages: list(
    object({
      transactionId,
      kind: text({ examples: ["paid"] }),
      text: text({}),
      at: moment,
      state: oneOf(["queued", "delivered", "lost"]),
      deliveredAt: orNull(moment),
      says,
    }),
    { description: "Those that wait, then the delivered and lost ones, newest first; fifty at most." },
  ),
});

export const noSuchHandset = "There is no handset with this number in this market.";

/** How long prompts that have ended are still shown. */
const shownFor = hour;

export async function showHandset(
  market: Market,
  number: string,
  { payments, phones, clock, wire }: ControlDeps,
) {
  const { sql } = payments(market).context;
  const now = clock.now();
  const [row, state, prompts, messages] = await Promise.all([
    readHandset(sql, number),
    phones(market).state(number),
    readPrompts(sql, number, now - shownFor, 20),
    readMessages(sql, number, "all", 50),
  ]);
  if (row === undefined || state === null) throw new ControlError(404, noSuchHandset);
  const name = (id: bigint): string => wire.transactionId(id);
  return {
    ...summed(row),
    signal: signalOf(row.answer),
    pin: { left: state.pin.left, lockedUntil: iso(state.pin.lockedUntil) },
    prompts: prompts.map((prompt) => shownPrompt(prompt, row, market, now, name)),
    messages: messages.map((message) => shownMessage(message, row, market, name)),
  };
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const summed = ({ msisdn: number, firstName, lastName, answer: behaves, delayMs }: HandsetRow) => ({
  msisdn: number,
  firstName,
  lastName,
  answer: behaves,
  delaySeconds: Math.ceil(delayMs / 1000),
});

function shownPrompt(
  prompt: PromptRow,
  row: HandsetRow,
  market: Market,
  now: number,
  name: (id: bigint) => string,
) {
  const isOpen = prompt.endedAt === null && prompt.expiresAt.getTime() > now;
  return {
    transactionId: name(prompt.paymentId),
    kind: prompt.mandate === null ? "payment" : "mandate",
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    amount: decimal(prompt.amountMinor, market),
    reference: prompt.reference,
    at: prompt.createdAt.toISOString(),
    expiresAt: prompt.expiresAt.toISOString(),
    shownAt: prompt.shownAt?.toISOString() ?? null,
    endedAt: prompt.endedAt?.toISOString() ?? null,
    open: isOpen && prompt.shownAt !== null,
    says: isOpen ? standing(prompt, row) : ended(prompt),
  };
}

function standing({ lostBy, shownAt }: PromptRow, row: HandsetRow): string {
  if (lostBy !== null) return `Lost by the network, seed ${lostBy}: it will not arrive.`;
  if (shownAt !== null) return "It is on the screen.";
  return signalOf(row.answer) === "on" ? "It is on its way." : "It waits for a signal.";
}

function ended(prompt: PromptRow): string {
  if (prompt.lostBy !== null) return `Lost by the network, seed ${prompt.lostBy}: it expired unseen.`;
  const late = prompt.answeredLate ? " Somebody answered after that, in vain." : "";
  return (prompt.shownAt === null ? "It expired unseen." : endingOf(prompt).says) + late;
}

function shownMessage(message: MessageRow, row: HandsetRow, market: Market, name: (id: bigint) => string) {
  return {
    transactionId: name(message.paymentId),
    kind: message.kind,
    text: messageText(message, market, name),
    at: message.at.toISOString(),
    state: message.state,
    deliveredAt: message.deliveredAt?.toISOString() ?? null,
    says: messageStanding(message, row),
  };
}

function messageStanding({ state, lostBy }: MessageRow, { answer: behaves }: HandsetRow): string {
  if (state === "delivered") return "Delivered.";
  if (state === "lost")
    return lostBy === null ? "Lost: nobody took it." : `Lost by the network, seed ${lostBy}.`;
  return signalOf(behaves) === "on" ? "It is on its way." : "It waits for a signal.";
}
