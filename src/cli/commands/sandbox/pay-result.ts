/**
 * The result of a payment: from the gateway's response, or from the control API where the response leaves it
 * open.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { formatAmount, parseAmount } from "../../../core/money.ts";
import { markets } from "../../../core/markets.ts";
import type { ControlResult } from "../../../api/control/client.ts";
import type { CallResponse, SandboxAccess } from "../../../protocols/sandbox-client.ts";
import { callControl, findOrNull } from "../../control-client.ts";
import type { PayParameters } from "./pay-options.ts";
import { Interrupted, abortController, printToStderr } from "../../context.ts";
import { keyValueTable, indent, formatMoney, renderRows } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

export type CustomerSummary = ControlResult<"GET /markets/{market}/customers/{msisdn}">;

/** A payment as the control API returns it. */
export type BookedPayment = ControlResult<"GET /markets/{market}/payments/{name}">;

interface Balance {
  readonly who: string;
  readonly available: string;
  readonly held: string;
}

export interface PayResult {
  /** `held` waits for its second step; `unknown` is still open. */
  readonly outcome: "paid" | "held" | "released" | "refused" | "unknown";
  readonly code: string;
  readonly httpStatus: number;
  readonly reason: string;
  /** The refusal's name in docs/refusals.md. */
  readonly refusal: string | null;
  readonly transactionId: string | null;
  readonly conversationId: string | null;
  /** The caller's id of the request. */
  readonly reference: string;
  readonly voucherCode: string | null;
  readonly market: string;
  readonly amount: string;
  readonly currency: string;
  readonly balances: readonly Balance[];
  readonly tookMs: number;
  /** The gateway's response to each step. */
  readonly answers: readonly Readonly<Record<string, string>>[];
}

export async function toPayResult(
  parameters: PayParameters,
  customer: CustomerSummary | null,
  first: CallResponse,
  second: CallResponse | null,
): Promise<PayResult> {
  const last = second ?? first;
  const { currency, decimals } = markets[parameters.market];
  const booked = await waitForOutcome(parameters, first);
  const outcome = toOutcome(parameters, last, second !== null, booked);
  return {
    outcome,
    code: last.code,
    httpStatus: last.status,
    reason: (await findReason(parameters, last, booked)) ?? last.description,
    refusal: outcome === "refused" ? (booked?.refusal ?? null) : null,
    transactionId: first.transactionId ?? booked?.receipt ?? booked?.transactionId ?? null,
    conversationId: first.conversationId,
    reference: parameters.conversation,
    voucherCode: first.voucherCode ?? booked?.voucherCode ?? null,
    market: parameters.market,
    amount: formatAmount(parseAmount(parameters.amount, decimals) ?? 0n, decimals),
    currency,
    balances: await readBalances(parameters, customer),
    tookMs: first.tookMs + (second?.tookMs ?? 0),
    answers: second === null ? [first.fields] : [first.fields, second.fields],
  };
}

/** Longer than a prompt stays open, unless the clock is stopped. */
const outcomeTimeoutMs = 120_000;
const pollIntervalMs = 250;

/**
 * The payment as booked, or null if the request never became one. If the response leaves the outcome open (an
 * acknowledgement or a timeout), this waits until the prompt is closed.
 */
export async function waitForOutcome(
  parameters: PayParameters,
  first: CallResponse,
): Promise<BookedPayment | null> {
  const { conversationId } = first;
  if (conversationId === null) return null;
  const { market, options } = parameters;
  const params = { market, name: conversationId };
  const read = (): Promise<BookedPayment | null> =>
    findOrNull(options, "GET /markets/{market}/payments/{name}", { params });
  const isOpen = (booked: BookedPayment | null): boolean => booked?.heldFor === "prompt";
  let booked = await read();
  if (isOpen(booked)) printToStderr(describeWaiting(first, parameters));
  for (
    const deadline = performance.now() + outcomeTimeoutMs;
    isOpen(booked) && performance.now() < deadline;
  ) {
    await sleep(pollIntervalMs);
    if (abortController.signal.aborted) throw new Interrupted();
    booked = await read();
  }
  return booked;
}

function describeWaiting({ code, status, verdict }: CallResponse, { options }: PayParameters): string {
  const callbackNotice =
    options.responseUrl === undefined
      ? "the result will be sent by callback"
      : `the result will be sent to ${options.responseUrl}`;
  const description =
    verdict === "timed_out" ? "the response time is over" : `acknowledged, and ${callbackNotice}`;
  return style(
    "quiet",
    `Response ${status} ${code}: ${description}. The prompt is still open …`,
    process.stderr,
  );
}

function toOutcome(
  { options }: PayParameters,
  { verdict }: CallResponse,
  hasSecondStep: boolean,
  booked: BookedPayment | null,
): PayResult["outcome"] {
  if (booked === null) return "refused";
  if (booked.status === "completed") return "paid";
  if (
    booked.status === "cancelled" &&
    hasSecondStep &&
    options.twoStep === "release" &&
    verdict === "succeeded"
  )
    return "released";
  if (booked.status !== "held") return "refused";
  return options.twoStep === undefined || verdict === "timed_out" ? "unknown" : "held";
}

/**
 * The reason for the outcome. Only the request log has it for a refused step, and for a request that never
 * became a payment.
 */
async function findReason(
  { options, market }: PayParameters,
  { verdict, reference }: CallResponse,
  booked: BookedPayment | null,
): Promise<string | null> {
  const stepRefused = options.twoStep !== undefined && verdict !== "succeeded";
  if (booked !== null && !stepRefused) return booked.ending;
  if (reference === null || reference === "") return null;
  const { requests } = await callControl(options, "GET /markets/{market}/requests", {
    params: { market },
    query: { reference, limit: "1" },
  });
  return requests[0]?.decision ?? null;
}

async function readBalances(
  { market, msisdn, shortcode, options }: PayParameters,
  customer: CustomerSummary | null,
): Promise<Balance[]> {
  const [payer, organisation] = await Promise.all([
    customer === null
      ? null
      : findOrNull(options, "GET /markets/{market}/customers/{msisdn}", { params: { market, msisdn } }),
    findOrNull(options, "GET /markets/{market}/organisations/{shortcode}", { params: { market, shortcode } }),
  ]);
  const { collectionAccounts } = await options.protocol.loadSandboxAccess();
  const account = collectionAccounts
    .map((kind) => organisation?.accounts.find((each) => each.kind === kind))
    .find((each) => each !== undefined);
  return [
    ...(payer === null
      ? []
      : [{ ...pickBalance(payer), who: `${payer.firstName} ${payer.lastName} (${msisdn})` }]),
    ...(organisation === null || account === undefined
      ? []
      : [{ ...pickBalance(account), who: `${organisation.name} (${shortcode})` }]),
  ];
}

const pickBalance = ({ available, held }: { readonly available: string; readonly held: string }) => ({
  available,
  held,
});

const outcomeHeadings: Readonly<Record<PayResult["outcome"], readonly ["good" | "bad" | "warn", string]>> = {
  paid: ["good", "Paid"],
  held: ["warn", "Held"],
  released: ["warn", "Released"],
  refused: ["bad", "Refused"],
  unknown: ["warn", "Still open"],
};

export function formatResult(result: PayResult, labels: SandboxAccess["labels"], codeText: string): string {
  const { outcome, amount, currency, code, httpStatus, reason } = result;
  const [kind, heading] = outcomeHeadings[outcome];
  const rows: (readonly [string, string | null])[] = [
    ["answer", `${httpStatus} ${style(kind, code)} ${style("quiet", codeText)}`],
    [labels.transactionId, result.transactionId],
    [labels.conversationId, result.conversationId],
    [labels.reference, result.reference],
    ["voucher code", outcome === "held" ? result.voucherCode : null],
    ["took", `${(result.tookMs / 1000).toFixed(2)} s`],
    ["see", result.refusal === null ? null : `docs/refusals.md#${result.refusal}`],
  ];
  const visibleRows = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  return [
    `${styledSymbol(kind)} ${style("strong", `${heading}: ${formatMoney(amount, currency)}.`)} ${reason}`,
    "",
    indent(keyValueTable(visibleRows)),
    "",
    indent(formatBalances(result)),
  ]
    .join("\n")
    .trimEnd();
}

function formatBalances({ balances, currency }: PayResult): string {
  const rows = balances.map(({ who, available, held }) => [
    who,
    "has",
    formatMoney(available, currency),
    /^0*\.?0*$/.test(held) ? "" : `and ${formatMoney(held, currency)} held`,
  ]);
  return renderRows(rows, new Set([2]));
}
