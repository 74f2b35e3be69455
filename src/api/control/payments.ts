/** Payments: what became of one, and how many there are. */
import { markets } from "../../core/money.ts";
import { refusals, type Refusal } from "../../payments/refusals.ts";
import { sumBalances } from "../../store/rail/accounts.ts";
import { readHoldKind, type HoldKind } from "../../store/rail/holds.ts";
import { readPostings } from "../../store/rail/postings.ts";
import { countPayments, readPayments, type PaymentRow } from "../../store/rail/payments.ts";
import { readPrompt, type PromptRow } from "../../store/rail/prompts.ts";
import { currency, formatAmountMinor, timestamp, amountOutput } from "./fields.ts";
import { ControlError, defineRoute } from "./route.ts";
import { array, record, object, stringEnum, nullable, string, integer } from "./schema.ts";

const statuses = ["held", "completed", "failed", "cancelled", "expired"] as const;
const paymentTypes = [
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

const accountSide = object({
  kind: string({ examples: ["wallet"] }),
  owner: string({ examples: ["255750000001"] }),
});

const paymentResponse = object({
  transactionId: string({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: string({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  use: stringEnum(paymentTypes),
  status: stringEnum(statuses),
  refusal: nullable(
    string({
      description: "The refusal's name, as docs/refusals.md has it.",
      examples: ["customer_declined"],
    }),
  ),
  ending: string({ description: "How it ended, in words." }),
  amount: amountOutput,
  reversed: amountOutput,
  currency,
  organisation: string({}),
  counterparty: string({ description: "The other party: an MSISDN or a shortcode." }),
  application: nullable(string({ description: "The id of the application that asked; null for a top-up." })),
  reference: string({ description: "The caller's own id of the request." }),
  customerReference: string({}),
  description: string({}),
  original: nullable(
    string({ description: "The TransactionID of the payment that this one reversed or ended." }),
  ),
  mandateId: nullable(string({})),
  heldFor: nullable(
    stringEnum(["prompt", "second_step"], {
      description: "What money that is held waits for: the customer's answer, or a commit or release.",
    }),
  ),
  voucherCode: nullable(
    string({
      description: "What commits a two-step payment once its money is held.",
      examples: ["TGS81345"],
    }),
  ),
  at: timestamp,
  endedAt: nullable(timestamp),
  moves: array(
    object({
      from: accountSide,
      to: accountSide,
      amount: amountOutput,
      why: string({ examples: ["collection"] }),
      at: timestamp,
    }),
  ),
});

const statusCounts = record(integer({ minimum: 0 }), { description: "How many, by status." });

export const paymentRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/payments/{name}",
    summary:
      "Tells what became of a payment, and which money it moved. Its name is its TransactionID or its ConversationID.",
    status: 200,
    response: paymentResponse,
    errors: { 404: "No payment in this market has this name." },
    async handle(request, { payments, publicIds }) {
      const { market } = request;
      const { sql } = payments(market).context;
      const id = publicIds.decode(request.param("name"));
      const [row] = id === null ? [] : await readPayments(sql, [id]);
      if (row === undefined) throw new ControlError(404, "No payment in this market has this name.");
      const [postings, holdKind, prompt] = await Promise.all([
        readPostings(sql, row.id),
        readHoldKind(sql, row.id),
        readPrompt(sql, row.id),
      ]);
      return {
        transactionId: publicIds.receipt(row.id),
        conversationId: publicIds.requestId(row.id),
        use: row.type,
        status: row.status,
        refusal: row.refusal,
        ending: describeOutcome(row, holdKind) + describePrompt(prompt),
        amount: formatAmountMinor(row.amountMinor, market),
        reversed: formatAmountMinor(row.reversedMinor, market),
        currency: markets[market].currency,
        organisation: row.organisation,
        counterparty: row.counterparty,
        application: row.applicationId?.toString() ?? null,
        reference: row.reference,
        customerReference: row.customerReference,
        description: row.description,
        original: row.originalId === null ? null : publicIds.receipt(row.originalId),
        mandateId: row.mandateId?.toString() ?? null,
        heldFor: row.status === "held" ? (holdKind === "prompt" ? "prompt" : "second_step") : null,
        voucherCode: row.holdCode,
        at: row.at.toISOString(),
        endedAt: row.endedAt?.toISOString() ?? null,
        moves: postings.map((posting) => ({
          from: { kind: posting.fromKind, owner: posting.fromOwner },
          to: { kind: posting.toKind, owner: posting.toOwner },
          amount: formatAmountMinor(posting.amountMinor, market),
          why: posting.type,
          at: posting.at.toISOString(),
        })),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/totals",
    summary:
      "Counts a market's payments, and adds up what customers and organisations hold. `payments` counts what callers asked for; top-ups and opening balances stand in `byUse.funding` alone.",
    status: 200,
    response: object({
      payments: statusCounts,
      byUse: record(statusCounts),
      money: object({ available: amountOutput, held: amountOutput, currency }),
    }),
    async handle({ market }, { payments }) {
      const { sql } = payments(market).context;
      const [rows, sums] = await Promise.all([countPayments(sql), sumBalances(sql)]);
      const totals = { ...zeroCounts };
      const byUse = Object.fromEntries(paymentTypes.map((type) => [type, { ...zeroCounts }]));
      for (const { type, status, count } of rows) {
        byUse[type] = { ...byUse[type], [status]: Number(count) };
        if (type !== "funding") totals[status] = (totals[status] ?? 0) + Number(count);
      }
      const money = {
        available: formatAmountMinor(sums.availableMinor, market),
        held: formatAmountMinor(sums.heldMinor, market),
      };
      return { payments: totals, byUse, money: { ...money, currency: markets[market].currency } };
    },
  }),
];

const zeroCounts: Readonly<Record<string, number>> = Object.fromEntries(
  statuses.map((status) => [status, 0]),
);

/** What the payment's own ending does not say of its prompt. */
function describePrompt(prompt: PromptRow | undefined): string {
  if (prompt === undefined) return "";
  if (prompt.lostBy !== null) return ` Its prompt was lost by the network, seed ${prompt.lostBy}.`;
  return prompt.answeredLate ? " Somebody answered after that, in vain." : "";
}

function describeOutcome(
  { status, refusal, reversedMinor, amountMinor }: PaymentRow,
  holdKind: HoldKind | undefined,
): string {
  if (refusal !== null) return refusals[refusal as Refusal].description;
  if (status === "held")
    return holdKind === "prompt"
      ? "It is open: the customer is being asked on their handset."
      : "It is open: the money is held until somebody commits or releases it.";
  if (reversedMinor === 0n) return "It went through.";
  return reversedMinor === amountMinor
    ? "It went through, and was reversed."
    : "It went through, and was reversed in part.";
}
