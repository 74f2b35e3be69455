/** What became of a payment: by the gateway's answer, and by the books where that leaves it open. */
import { setTimeout as sleep } from "node:timers/promises";
import { formatAmount, markets, parseAmount } from "../money.ts";
import { codeTexts, type Code } from "../protocols/openapi-v2/codes.ts";
import { askServer, lookUp } from "./control-client.ts";
import type { GatewayAnswer } from "./gateway-client.ts";
import type { Order } from "./pay-order.ts";
import { Interrupted, interruption, report } from "./run.ts";
import { facts, indented, moneyOf, textTable } from "./table.ts";
import { paint, sign, type Style } from "./terminal.ts";

export interface CustomerFacts {
  readonly firstName: string;
  readonly lastName: string;
  readonly answer: string;
  readonly available: string;
  readonly held: string;
}

/** A payment as the control API tells of it. */
export interface Booked {
  readonly transactionId: string;
  readonly status: "held" | "completed" | "failed" | "cancelled" | "expired";
  readonly refusal: string | null;
  readonly ending: string;
  readonly heldFor: "prompt" | "second_step" | null;
  readonly voucherCode: string | null;
}

interface Balance {
  readonly who: string;
  readonly available: string;
  readonly held: string;
}

export interface PayResult {
  /** Held waits for its second step; unknown is still open. */
  readonly outcome: "paid" | "held" | "released" | "refused" | "unknown";
  readonly code: string;
  readonly httpStatus: number;
  readonly reason: string;
  /** The refusal's name in docs/refusals.md. */
  readonly refusal: string | null;
  readonly transactionId: string | null;
  readonly conversationId: string | null;
  /** The ThirdPartyConversationID. */
  readonly reference: string;
  readonly voucherCode: string | null;
  readonly market: string;
  readonly amount: string;
  readonly currency: string;
  readonly balances: readonly Balance[];
  readonly tookMs: number;
  /** What the gateway answered, one for each step. */
  readonly answers: readonly Readonly<Record<string, string>>[];
}

export async function resultOf(
  order: Order,
  customer: CustomerFacts | null,
  first: GatewayAnswer,
  second: GatewayAnswer | null,
): Promise<PayResult> {
  const last = second ?? first;
  const { currency, decimals } = markets[order.market];
  const booked = await endingOf(order, first);
  const outcome = outcomeOf(order, last, booked);
  return {
    outcome,
    code: last.code,
    httpStatus: last.status,
    reason: (await reasonOf(order, last, booked)) ?? last.description,
    refusal: outcome === "refused" ? (booked?.refusal ?? null) : null,
    transactionId: first.fields["output_TransactionID"] ?? booked?.transactionId ?? null,
    conversationId: first.fields["output_ConversationID"] ?? null,
    reference: order.conversation,
    voucherCode: first.fields["output_VoucherCode"] ?? booked?.voucherCode ?? null,
    market: order.market,
    amount: formatAmount(parseAmount(order.amount, decimals) ?? 0n, decimals),
    currency,
    balances: await balancesAfter(order, customer),
    tookMs: first.tookMs + (second?.tookMs ?? 0),
    answers: second === null ? [first.fields] : [first.fields, second.fields],
  };
}

/** Longer than a prompt lives, for whoever has not stopped the clock. */
const patienceMs = 120_000;
const pauseMs = 250;

/**
 * The payment in the books: null where the request never became one. Where the answer leaves the ending open, an
 * acknowledgement or INS-9, it is waited for until the customer has answered.
 */
export async function endingOf(order: Order, first: GatewayAnswer): Promise<Booked | null> {
  const name = first.fields["output_ConversationID"];
  if (name === undefined) return null;
  const path = `/markets/${order.market}/payments/${encodeURIComponent(name)}`;
  const read = (): Promise<Booked | null> => lookUp<Booked>(order.options, path);
  const open = (booked: Booked | null): boolean => booked?.heldFor === "prompt";
  let booked = await read();
  if (open(booked)) report(inTheMeantime(first, order));
  for (const until = performance.now() + patienceMs; open(booked) && performance.now() < until;) {
    await sleep(pauseMs);
    if (interruption.signal.aborted) throw new Interrupted();
    booked = await read();
  }
  return booked;
}

function inTheMeantime({ code, status }: GatewayAnswer, { options }: Order): string {
  const told =
    options.responseUrl === undefined ? "the result is told by callback" : `${options.responseUrl} is told`;
  const what = code === "INS-9" ? "the time to wait was over" : `acknowledged, and ${told}`;
  return paint("quiet", `Answered ${status} ${code}: ${what}. The prompt is still open …`, process.stderr);
}

function outcomeOf({ options }: Order, { code }: GatewayAnswer, booked: Booked | null): PayResult["outcome"] {
  if (booked === null) return "refused";
  if (booked.status === "completed") return "paid";
  if (booked.status === "cancelled" && options.twoStep === "release" && code === "INS-GAR-0")
    return "released";
  if (booked.status !== "held") return "refused";
  return options.twoStep === undefined || code === "INS-9" ? "unknown" : "held";
}

/**
 * Why it ended so. A step that was refused, and what never became a payment, have their reason in the log of
 * requests alone.
 */
async function reasonOf(
  { options, market }: Order,
  { code, fields }: GatewayAnswer,
  booked: Booked | null,
): Promise<string | null> {
  const stepRefused = options.twoStep !== undefined && !code.endsWith("-0");
  if (booked !== null && !stepRefused) return booked.ending;
  const reference = fields["output_ThirdPartyConversationID"];
  if (reference === undefined || reference === "") return null;
  const query = new URLSearchParams({ reference, limit: "1" }).toString();
  const { requests } = await askServer<{ requests: readonly { readonly decision: string }[] }>(
    options,
    "GET",
    `/markets/${market}/requests?${query}`,
  );
  return requests[0]?.decision ?? null;
}

async function balancesAfter(
  { market, msisdn, shortcode, options }: Order,
  customer: CustomerFacts | null,
): Promise<Balance[]> {
  const [payer, shop] = await Promise.all([
    customer === null ? null : lookUp<CustomerFacts>(options, `/markets/${market}/customers/${msisdn}`),
    lookUp<{ readonly name: string; readonly accounts: readonly Balance[] }>(
      options,
      `/markets/${market}/organisations/${encodeURIComponent(shortcode)}`,
    ),
  ]);
  const account = shop?.accounts[0];
  return [
    ...(payer === null
      ? []
      : [{ ...balance(payer), who: `${payer.firstName} ${payer.lastName} (${msisdn})` }]),
    ...(shop === null || account === undefined
      ? []
      : [{ ...balance(account), who: `${shop.name} (${shortcode})` }]),
  ];
}

const balance = ({ available, held }: { readonly available: string; readonly held: string }) => ({
  available,
  held,
});

const headings: Readonly<Record<PayResult["outcome"], readonly ["good" | "bad" | "warn", string]>> = {
  paid: ["good", "Paid"],
  held: ["warn", "Held"],
  released: ["warn", "Released"],
  refused: ["bad", "Refused"],
  unknown: ["warn", "Still open"],
};

export function resultInWords(result: PayResult): string {
  const { outcome, amount, currency, code, httpStatus, reason } = result;
  const [kind, heading] = headings[outcome];
  const rows: (readonly [string, string | null])[] = [
    ["answer", `${httpStatus} ${codeInColour(code, kind)} ${textOf(code)}`],
    ["TransactionID", result.transactionId],
    ["ConversationID", result.conversationId],
    ["ThirdPartyConversationID", result.reference],
    ["voucher code", outcome === "held" ? result.voucherCode : null],
    ["took", `${(result.tookMs / 1000).toFixed(2)} s`],
    ["to read", result.refusal === null ? null : `docs/refusals.md#${result.refusal}`],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  return [
    `${sign(kind)} ${paint("strong", `${heading}: ${moneyOf(amount, currency)}.`)} ${reason}`,
    "",
    indented(facts(shown)),
    "",
    indented(balancesInWords(result)),
  ]
    .join("\n")
    .trimEnd();
}

const codeInColour = (code: string, kind: Style): string => paint(kind, code);
const textOf = (code: string): string => paint("quiet", codeTexts[code as Code] ?? "");

function balancesInWords({ balances, currency }: PayResult): string {
  const rows = balances.map(({ who, available, held }) => [
    who,
    "has",
    moneyOf(available, currency),
    /^0*\.?0*$/.test(held) ? "" : `and ${moneyOf(held, currency)} held`,
  ]);
  return textTable(rows, new Set([2]));
}
