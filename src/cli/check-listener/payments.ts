/**
 * Payments that nobody made, and what a listener is told of them: in the server's own words, by its own renderer and
 * the tables of its calls.
 */
import type { Rendered } from "../../callbacks/message.ts";
import { formatAmount, markets, rail, type Market } from "../../money.ts";
import type { PaymentUse } from "../../payments/payments.ts";
import type { Product } from "../../payments/products.ts";
import { refusals, type Refusal } from "../../payments/refusals.ts";
import { openapiCallbacks, type KeptAnswer } from "../../protocols/openapi-v2/callback.ts";
import type { Operation } from "../../protocols/openapi-v2/operation.ts";
import { operations } from "../../protocols/openapi-v2/operations.ts";
import { refusalAnswer, succeeded } from "../../protocols/openapi-v2/reply.ts";
import type { PaymentRow } from "../../store/payments.ts";
import { msisdnTokens } from "../../vault/msisdn-tokens.ts";
import type { Chance } from "./chance.ts";

/** A payment as both sides know it. */
export interface Payment {
  /** How the report speaks of it, such as `payment 2`. */
  readonly label: string;
  readonly call: Product;
  readonly market: Market;
  /** The caller's own id of the request: input_ThirdPartyConversationID. */
  readonly reference: string;
  /** What the acknowledgement of the request said: output_ConversationID. */
  readonly conversationId: string;
  readonly transactionId: string;
  /** Decimal. */
  readonly amount: string;
  readonly currency: string;
  readonly msisdn: string;
  /** Whether the developer's own system asked for it, and so expects its result. */
  readonly asked: boolean;
  /** The TransactionID of the reservation that this one commits; empty for others. */
  readonly commits: string;
}

/** What a listener is told of a payment. */
export interface Message extends Rendered {
  readonly payment: Payment;
  readonly code: string;
}

/** Calls whose success moves money, and is booked once. */
export const bookable = [
  "c2bSingle",
  "b2c",
  "b2b",
  "reversal",
  "directDebitPayment",
] as const satisfies Product[];

const uses: Readonly<Partial<Record<Product, PaymentUse>>> = {
  c2bSingle: "collection",
  c2bMultiStage: "collection",
  updateTransactionStatus: "step",
  b2c: "payout",
  b2b: "transfer",
  reversal: "reversal",
  directDebitCreate: "mandate",
  directDebitPayment: "debit",
  directDebitCancel: "mandate_cancel",
};

/** A question: its answer ends no payment. */
export const isQuestion = (call: Product): boolean => uses[call] === undefined;

/** Calls with a callback: all of them. */
export const calls: readonly Product[] = operations.map(({ product }) => product);

export function operationOf(call: Product): Operation {
  const operation = operations.find(({ product }) => product === call);
  if (operation === undefined) throw new Error(`no call is ${call}`);
  return operation;
}

/** A payment out of nothing: its label alone decides what it is. */
export function makePayment(
  chance: Chance,
  market: Market,
  call: Product,
  label: string,
): Omit<Payment, "asked"> {
  const { currency, decimals, prefix, digits } = markets[market];
  const amountMinor = BigInt(1000 + chance.below(`${label}/amount`, 899_000));
  return {
    label,
    call,
    market,
    reference: `check${chance.letters(`${label}/reference`, 19)}`,
    conversationId: chance.bytes(`${label}/conversation`, 16).toString("hex"),
    transactionId: chance.letters(`${label}/transaction`, 12),
    amount: formatAmount(amountMinor, decimals),
    currency,
    msisdn: `${prefix}7${chance.digits(`${label}/msisdn`, digits - prefix.length - 1)}`,
    commits: "",
  };
}

/**
 * The refusals that a call's callback may tell, one for each code of its table that stands for one.
 *
 * What is wrong with a request itself, a duplicate among it, is answered at once and never told.
 */
export function refusalsOf(call: Product): ReadonlyMap<string, Refusal> {
  const byCode = new Map<string, Refusal>();
  for (const refusal of Object.keys(refusals) as Refusal[]) {
    if (neverTold.has(refusal)) continue;
    const { code } = refusalAnswer(operationOf(call), refusal);
    if (!byCode.has(code)) byCode.set(code, refusal);
  }
  return byCode;
}

const neverTold: ReadonlySet<Refusal> = new Set<Refusal>([
  "duplicate",
  "hold_expired",
  "released_by_organisation",
]);

/** Codes that do not say how a payment ended: whoever hears them asks. */
export const undecided: ReadonlySet<string> = new Set(["INS-1", "INS-9"]);

const tokenKey = (chance: Chance): Buffer => chance.bytes("tokens", 32);

/** What a listener is told of a payment: that it went through, or why it did not. */
export function messageOf(chance: Chance, payment: Payment, refusal: Refusal | null): Message {
  const operation = operationOf(payment.call);
  const wire = {
    conversationId: () => payment.conversationId,
    transactionId: () => payment.transactionId,
    find: () => null,
  };
  const names = { wire, tokens: msisdnTokens(tokenKey(chance)) };
  const { code } = refusal === null ? succeeded(operation) : refusalAnswer(operation, refusal);
  const use = uses[payment.call];
  const rendered = openapiCallbacks({ sandbox: names, live: names })({
    id: 0n,
    rail: rail("sandbox", payment.market),
    applicationId: 1n,
    protocol: "openapi-v2",
    url: "",
    payment: use === undefined ? null : rowOf(chance, payment, use, refusal),
    answer: use === undefined ? answerOf(operation, payment, refusal) : null,
  });
  return { ...rendered, payment, code };
}

function rowOf(chance: Chance, payment: Payment, use: PaymentUse, refusal: Refusal | null): PaymentRow {
  const at = new Date();
  return {
    id: 0n,
    use,
    status: refusal === null ? "completed" : refusals[refusal].ending,
    refusal,
    amountMinor: BigInt(payment.amount.replace(".", "")),
    reversedMinor: 0n,
    debitAccount: null,
    creditAccount: null,
    organisation: "000000",
    counterparty: payment.msisdn,
    applicationId: 1n,
    reference: payment.reference,
    customerReference: payment.commits === "" ? "CheckListener" : payment.commits,
    description: "check-listener",
    originalId: null,
    mandateId: BigInt(chance.below(`${payment.label}/mandate`, 90_000) + 10_000),
    voucher: payment.call === "c2bMultiStage" ? `TGS${chance.digits(`${payment.label}/voucher`, 5)}` : null,
    listened: true,
    at,
    endedAt: at,
  };
}

/** A question's answer, with the examples of the call's own table. */
function answerOf(operation: Operation, payment: Payment, refusal: Refusal | null): KeptAnswer {
  const { code, text } = refusal === null ? succeeded(operation) : refusalAnswer(operation, refusal);
  const fields = Object.entries(operation.answers).map(([name, { example }]) => [name, example]);
  return {
    product: operation.product,
    reference: payment.reference,
    code,
    text,
    fields: refusal === null ? (Object.fromEntries(fields) as Record<string, string>) : {},
  };
}
