/** Payments: reading one, and totals. */
import { Type } from "typebox";
import type { PublicIds } from "../../core/ids.ts";
import { markets, type Market } from "../../core/markets.ts";
import { refusals, type Refusal } from "../../payments/refusals.ts";
import { sumBalances } from "../../store/rail/accounts.ts";
import { readHoldKind, type HoldKind } from "../../store/rail/holds.ts";
import { readPostings } from "../../store/rail/postings.ts";
import { countPayments, type PaymentRow, readPayments } from "../../store/rail/payments.ts";
import { readPrompt, type PromptRow } from "../../store/rail/prompts.ts";
import { readValidation, type ValidationRow } from "../../store/rail/validations.ts";
import type { Sql } from "../../store/driver/connect.ts";
import { record, object, stringEnum, nullable, type Value } from "../../core/schema.ts";
import { currency, formatAmountMinor, timestamp, amountOutput } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { findNamedPaymentId } from "./find-named-id.ts";
import { defineRoute } from "./route.ts";

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
  kind: Type.String({ examples: ["wallet"] }),
  owner: Type.String({ examples: ["255750000001"] }),
});

export const paymentResponse = object({
  transactionId: Type.String({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: Type.String({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  receipt: nullable(
    Type.String({
      description: "The receipt that the customer sees, in `safaricomKEN`; null elsewhere.",
      examples: ["UKR5A1B2C3"],
    }),
  ),
  use: stringEnum(paymentTypes),
  status: stringEnum(statuses),
  refusal: nullable(
    Type.String({
      description: "The refusal, as in docs/refusals.md.",
      examples: ["customer_declined"],
    }),
  ),
  ending: Type.String({ description: "Its outcome or state, as text." }),
  amount: amountOutput,
  reversed: amountOutput,
  currency,
  organisation: Type.String(),
  counterparty: Type.String({ description: "The other party: an MSISDN or a shortcode." }),
  application: nullable(
    Type.String({ description: "The id of the requesting application; null for a top-up." }),
  ),
  reference: Type.String({ description: "The id that the client gave to the request." }),
  customerReference: Type.String(),
  description: Type.String(),
  original: nullable(
    Type.String({
      description: "The TransactionID of the payment that this one reversed, committed or released.",
    }),
  ),
  mandateId: nullable(Type.String()),
  heldFor: nullable(
    stringEnum(["prompt", "second_step", "validation"], {
      description:
        "What a held payment waits for: the customer's answer to a prompt, a commit or release, or the answer of the organisation's validation URL.",
    }),
  ),
  validation: nullable(
    object({
      url: Type.String({ description: "The organisation's validation URL." }),
      sentAt: nullable(timestamp),
      answer: nullable(
        stringEnum(["accepted", "refused", "none"], {
          description: "What the organisation's server answered; null while it is awaited.",
        }),
      ),
      failure: nullable(Type.String({ description: "Why there is no answer." })),
    }),
  ),
  voucherCode: nullable(
    Type.String({
      description: "The code that commits a two-step payment once its money is held.",
      examples: ["TGS81345"],
    }),
  ),
  at: timestamp,
  endedAt: nullable(timestamp),
  moves: Type.Array(
    object({
      from: accountSide,
      to: accountSide,
      amount: amountOutput,
      why: Type.String({ examples: ["collection"] }),
      at: timestamp,
    }),
  ),
});

const statusCounts = record(Type.Integer({ minimum: 0 }), {
  description: "The number of payments by status.",
});

const noSuchPayment = "No payment in this market has this id.";

export const paymentRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/payments/{name}",
    summary:
      "Returns a payment with its postings. The name is an id of any protocol: a TransactionID, a ConversationID, in `safaricomKEN` a receipt, a MerchantRequestID, a CheckoutRequestID, an OriginatorConversationID or a TRX_ID, or the caller's own reference; of several payments with that reference, the newest is meant.",
    status: 200,
    response: paymentResponse,
    errors: { 404: noSuchPayment },
    async handle({ params: { market, name } }, deps) {
      const { sql } = deps.payments(market).context;
      const id = await findNamedPaymentId(deps, market, name);
      const [row] = id === null ? [] : await readPayments(sql, [id]);
      if (row === undefined) throw new ApiError(404, noSuchPayment);
      return readPaymentResponse(row, market, { sql, publicIds: deps.publicIds });
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/totals",
    summary:
      "Returns the number of payments of a market, and the sum of all balances. `payments` counts requests of clients; top-ups and opening balances are only in `byUse.funding`.",
    status: 200,
    response: object({
      payments: statusCounts,
      byUse: record(statusCounts),
      money: object({ available: amountOutput, held: amountOutput, currency }),
    }),
    async handle({ params: { market } }, { payments }) {
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
] as const;

/** The response for a payment, with its postings and its validation. */
export async function readPaymentResponse(
  row: PaymentRow,
  market: Market,
  { sql, publicIds }: { readonly sql: Sql; readonly publicIds: PublicIds },
): Promise<Value<typeof paymentResponse>> {
  const [postings, holdKind, prompt, validation] = await Promise.all([
    readPostings(sql, row.id),
    readHoldKind(sql, row.id),
    readPrompt(sql, row.id),
    readValidation(sql, row.id),
  ]);
  return {
    transactionId: publicIds.receipt(row.id),
    conversationId: publicIds.requestId(row.id),
    receipt: row.receipt,
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
    heldFor: row.status === "held" ? toHeldFor(holdKind) : null,
    validation: validation === undefined ? null : toValidation(validation),
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
}

const toValidation = ({ url, sentAt, verdict, failure }: ValidationRow) => ({
  url,
  sentAt: sentAt?.toISOString() ?? null,
  answer: verdict,
  failure,
});

const zeroCounts: Readonly<Record<string, number>> = Object.fromEntries(
  statuses.map((status) => [status, 0]),
);

const toHeldFor = (holdKind: HoldKind | undefined): "prompt" | "second_step" | "validation" =>
  holdKind === "prompt" || holdKind === "validation" ? holdKind : "second_step";

const heldTexts = {
  prompt: "Held: waiting for the customer's answer on their handset.",
  second_step: "Held: waiting for a commit or release.",
  validation: "Held: waiting for the answer of the organisation's validation URL.",
} as const;

/** Adds what happened to the prompt, if the outcome of the payment does not include it. */
function describePrompt(prompt: PromptRow | undefined): string {
  if (prompt === undefined) return "";
  if (prompt.lostBy !== null) return ` Its prompt was lost by the network, seed ${prompt.lostBy}.`;
  return prompt.answeredLate ? " An answer came after that and had no effect." : "";
}

function describeOutcome(
  { status, refusal, reversedMinor, amountMinor }: PaymentRow,
  holdKind: HoldKind | undefined,
): string {
  if (refusal !== null) return refusals[refusal as Refusal].description;
  if (status === "held") return heldTexts[toHeldFor(holdKind)];
  if (reversedMinor === 0n) return "Completed.";
  return reversedMinor === amountMinor ? "Completed, then reversed." : "Completed, then partly reversed.";
}
