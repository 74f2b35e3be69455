/** Payments: what became of one, and how many there are. */
import { markets } from "../money.ts";
import { refusals, type Refusal } from "../payments/refusals.ts";
import { sumBalances } from "../store/accounts.ts";
import { readHoldKind, type HoldKind } from "../store/holds.ts";
import { readMoves } from "../store/moves.ts";
import { countPayments, readPayments, type PaymentRow } from "../store/payments.ts";
import { readPrompt, type PromptRow } from "../store/prompts.ts";
import { currency, decimal, moment, shownAmount } from "./fields.ts";
import { ControlError, route } from "./route.ts";
import { list, named, object, oneOf, orNull, text, whole } from "./schema.ts";

const statuses = ["held", "completed", "failed", "cancelled", "expired"] as const;
const uses = [
  "collection",
  "payout",
  "transfer",
  "reversal",
  "debit",
  "mandate",
  "mandate_cancel",
  "step",
  "funding",
] as const;

const side = object({ kind: text({ examples: ["wallet"] }), owner: text({ examples: ["255750000001"] }) });

const payment = object({
  transactionId: text({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: text({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  use: oneOf(uses),
  status: oneOf(statuses),
  refusal: orNull(
    text({ description: "The refusal's name, as docs/refusals.md has it.", examples: ["customer_declined"] }),
  ),
  ending: text({ description: "How it ended, in words." }),
  amount: shownAmount,
  reversed: shownAmount,
  currency,
  organisation: text({}),
  counterparty: text({ description: "The other party: an MSISDN or a shortcode." }),
  application: orNull(text({ description: "The id of the application that asked; null for a top-up." })),
  reference: text({ description: "The caller's own id of the request." }),
  customerReference: text({}),
  description: text({}),
  original: orNull(
    text({ description: "The TransactionID of the payment that this one reversed or ended." }),
  ),
  mandateId: orNull(text({})),
  heldFor: orNull(
    oneOf(["prompt", "second_step"], {
      description: "What money that is held waits for: the customer's answer, or a commit or release.",
    }),
  ),
  voucherCode: orNull(
    text({ description: "What commits a two-step payment once its money is held.", examples: ["TGS81345"] }),
  ),
  at: moment,
  endedAt: orNull(moment),
  moves: list(
    object({
      from: side,
      to: side,
      amount: shownAmount,
      why: text({ examples: ["collection"] }),
      at: moment,
    }),
  ),
});

const counts = named(whole({ minimum: 0 }), { description: "How many, by status." });

export const paymentRoutes = [
  route({
    method: "GET",
    path: "/markets/{market}/payments/{name}",
    does: "Tells what became of a payment, and which money it moved. Its name is its TransactionID or its ConversationID.",
    status: 200,
    answers: payment,
    fails: { 404: "No payment in this market has this name." },
    async handle(asked, { payments, wire }) {
      const { market } = asked;
      const { sql } = payments(market).context;
      const id = wire.find(asked.part("name"));
      const [row] = id === null ? [] : await readPayments(sql, [id]);
      if (row === undefined) throw new ControlError(404, "No payment in this market has this name.");
      const [moves, heldKind, prompt] = await Promise.all([
        readMoves(sql, row.id),
        readHoldKind(sql, row.id),
        readPrompt(sql, row.id),
      ]);
      return {
        transactionId: wire.transactionId(row.id),
        conversationId: wire.conversationId(row.id),
        use: row.use,
        status: row.status,
        refusal: row.refusal,
        ending: endingInWords(row, heldKind) + promptInWords(prompt),
        amount: decimal(row.amountMinor, market),
        reversed: decimal(row.reversedMinor, market),
        currency: markets[market].currency,
        organisation: row.organisation,
        counterparty: row.counterparty,
        application: row.applicationId?.toString() ?? null,
        reference: row.reference,
        customerReference: row.customerReference,
        description: row.description,
        original: row.originalId === null ? null : wire.transactionId(row.originalId),
        mandateId: row.mandateId?.toString() ?? null,
        heldFor: row.status === "held" ? (heldKind === "prompt" ? "prompt" : "second_step") : null,
        voucherCode: row.voucher,
        at: row.at.toISOString(),
        endedAt: row.endedAt?.toISOString() ?? null,
        moves: moves.map((move) => ({
          from: { kind: move.fromKind, owner: move.fromOwner },
          to: { kind: move.toKind, owner: move.toOwner },
          amount: decimal(move.minor, market),
          why: move.why,
          at: move.at.toISOString(),
        })),
      };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/totals",
    does: "Counts a market's payments, and adds up what customers and organisations hold. `payments` counts what callers asked for; top-ups and opening balances stand in `byUse.funding` alone.",
    status: 200,
    answers: object({
      payments: counts,
      byUse: named(counts),
      money: object({ available: shownAmount, held: shownAmount, currency }),
    }),
    async handle({ market }, { payments }) {
      const { sql } = payments(market).context;
      const [rows, sums] = await Promise.all([countPayments(sql), sumBalances(sql)]);
      const all = { ...noneAtAll };
      const byUse = Object.fromEntries(uses.map((use) => [use, { ...noneAtAll }]));
      for (const { use, status, count } of rows) {
        byUse[use] = { ...byUse[use], [status]: Number(count) };
        if (use !== "funding") all[status] = (all[status] ?? 0) + Number(count);
      }
      const money = {
        available: decimal(sums.availableMinor, market),
        held: decimal(sums.heldMinor, market),
      };
      return { payments: all, byUse, money: { ...money, currency: markets[market].currency } };
    },
  }),
];

const noneAtAll: Readonly<Record<string, number>> = Object.fromEntries(statuses.map((status) => [status, 0]));

/** What the payment's own ending does not say of its prompt. */
function promptInWords(prompt: PromptRow | undefined): string {
  if (prompt === undefined) return "";
  if (prompt.lostBy !== null) return ` Its prompt was lost by the network, seed ${prompt.lostBy}.`;
  return prompt.answeredLate ? " Somebody answered after that, in vain." : "";
}

function endingInWords(
  { status, refusal, reversedMinor, amountMinor }: PaymentRow,
  heldKind: HoldKind | undefined,
): string {
  if (refusal !== null) return refusals[refusal as Refusal].means;
  if (status === "held")
    return heldKind === "prompt"
      ? "It is open: the customer is being asked on their handset."
      : "It is open: the money is held until somebody commits or releases it.";
  if (reversedMinor === 0n) return "It went through.";
  return reversedMinor === amountMinor
    ? "It went through, and was reversed."
    : "It went through, and was reversed in part.";
}
