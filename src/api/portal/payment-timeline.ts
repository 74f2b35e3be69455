/**
 * The history of a payment as stops, in the order in which they happened. Pure: it sees what was read.
 *
 * Times are the sandbox's. A request has wall time only, so it stands at the time of its payment if the two clocks differ.
 */
import type { DeliveryDetails } from "../../callbacks/delivery-details.ts";
import type { PublicIds } from "../../core/ids.ts";
import { formatMessage, formatMoney, formatPrompt, promptOutcome } from "../../handset/message-text.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../payments/refusals.ts";
import { getDeliveryState } from "../../store/rail/notification-queries.ts";
import { isCheckRefusal, listChecks } from "./payment-checks.ts";
import type { PaymentFacts } from "./payment-facts.ts";
import { formatMsisdn, formatOwner, formatParty } from "./payment-parties.ts";
import type { CheckRow, Stop } from "./payment-response.ts";
import { toState } from "./request-response.ts";

type TypedStop<Kind extends Stop["kind"]> = Extract<Stop, { readonly kind: Kind }>;

/** The checks before a customer is asked. */
const lastCheckBeforePrompt = 15;
/** How far the request's wall time may be from the payment's business time on the same clock. */
const sameClockMs = 60_000;

export function buildTimeline(facts: PaymentFacts, publicIds: PublicIds): Stop[] {
  const { prompt, validation, payment } = facts;
  const rows = listChecks(facts);
  const isBeforePrompt = (row: CheckRow): boolean =>
    row.numbers.includes("–") || Number(row.numbers) <= lastCheckBeforePrompt;
  const first = prompt === undefined ? rows : rows.filter(isBeforePrompt);
  const rest = prompt === undefined ? [] : rows.filter((row) => row.name === "balance");
  const isBalanceDecided = rest.some(({ result }) => result === "passed" || result === "refused");
  const stops: Stop[] = [
    ...buildRequest(facts),
    buildChecks(facts, first, payment.at, prompt === undefined),
    ...(validation === undefined ? [] : [buildValidation(facts, validation)]),
    ...(prompt === undefined ? [] : buildPrompt(facts, prompt)),
    ...(isBalanceDecided ? [buildChecks(facts, rest, prompt?.endedAt ?? payment.at, true)] : []),
    ...buildHold(facts),
    ...buildPostings(facts),
    ...buildOutcome(facts),
    ...buildMessages(facts, publicIds),
    ...facts.callbacks.flatMap(buildCallback),
  ];
  return stops;
}

function buildRequest({ request, payment }: PaymentFacts): TypedStop<"request">[] {
  if (request === null) return [];
  const { method, path, source, key, latencyMs, httpStatus, at } = request;
  const isSameClock = Math.abs(payment.at.getTime() - Date.parse(at)) < sameClockMs;
  // A batch has one time for all of its payments, which can be a little before the id of one of them.
  const isBefore = isSameClock && Date.parse(at) < payment.at.getTime();
  const startedAt = isBefore ? at : payment.at.toISOString();
  return [
    {
      kind: "request",
      tone: httpStatus < 400 ? "success" : "none",
      at: startedAt,
      waits: false,
      method,
      path,
      source,
      key: key?.hint ?? null,
      tookMs: latencyMs,
      httpStatus,
    },
  ];
}

function buildChecks(
  { payment, request }: PaymentFacts,
  rows: readonly CheckRow[],
  at: Date,
  isFinal: boolean,
): TypedStop<"checks"> {
  const isRefused = rows.some(({ result }) => result === "refused");
  const refusal = isRefused && isFinal ? payment.refusal : null;
  return {
    kind: "checks",
    tone: isRefused ? "danger" : "success",
    at: at.toISOString(),
    waits: false,
    rows: [...rows],
    passed: countPassed(rows),
    refusal: isRefused ? payment.refusal : null,
    code: isRefused && request !== null && request.httpStatus >= 400 ? request.code : null,
    description: refusal === null ? null : describeRefusal(refusal),
  };
}

const countPassed = (rows: readonly CheckRow[]): number =>
  rows
    .filter(({ result }) => result === "passed")
    .reduce((sum, { numbers }) => {
      const [first = 0, last = first] = numbers.split("–").map(Number);
      return sum + last - first + 1;
    }, 0);

function buildValidation(
  { payment, postings }: PaymentFacts,
  { url, sentAt, verdict, failure }: NonNullable<PaymentFacts["validation"]>,
): TypedStop<"validation"> {
  const tones = { accepted: "success", refused: "danger", none: "warning" } as const;
  const isSameClock = sentAt !== null && Math.abs(sentAt.getTime() - payment.at.getTime()) < sameClockMs;
  return {
    kind: "validation",
    tone: verdict === null ? "info" : tones[verdict],
    at: isSameClock ? sentAt.toISOString() : (postings[0]?.at ?? payment.at).toISOString(),
    waits: true,
    url,
    answer: verdict,
    failure,
  };
}

function buildPrompt(facts: PaymentFacts, prompt: NonNullable<PaymentFacts["prompt"]>): Stop[] {
  const { market, payment } = facts;
  const isOpen = payment.status === "held" && prompt.endedAt === null;
  const prompted: TypedStop<"prompt"> = {
    kind: "prompt",
    tone: prompt.lostBy !== null ? "warning" : isOpen ? "info" : "success",
    at: prompt.createdAt.toISOString(),
    waits: true,
    text: formatPrompt(prompt, market),
    customer: formatParty(facts, "counterparty"),
    displayedAt: prompt.displayedAt?.toISOString() ?? null,
    expiresAt: prompt.expiresAt.toISOString(),
    lost: prompt.lostBy !== null,
    handset: facts.readsCustomers ? `/handset/${market}/${prompt.msisdn}` : null,
  };
  if (isOpen || prompt.endedAt === null) return [prompted];
  // The balance is checked after the reply: a refusal by it means that the customer agreed.
  const isAgreed = payment.refusal === "customer_balance_too_low";
  const outcome = isAgreed ? ("approved" as const) : promptOutcome(prompt).outcome;
  const reply: TypedStop<"reply"> = {
    kind: "reply",
    tone: outcome === "approved" ? "success" : outcome === "expired" ? "warning" : "danger",
    at: prompt.endedAt.toISOString(),
    waits: false,
    outcome,
    description: outcome === "approved" || payment.refusal === null ? null : describeRefusal(payment.refusal),
  };
  return [prompted, reply];
}

function buildHold({ payment, hold, market }: PaymentFacts): TypedStop<"hold">[] {
  if (hold === undefined || hold.kind === "prompt" || payment.status !== "held") return [];
  return [
    {
      kind: "hold",
      tone: "warning",
      at: payment.at.toISOString(),
      waits: true,
      amount: formatMoney(hold.amountMinor, market),
      expiresAt: hold.expiresAt?.toISOString() ?? null,
    },
  ];
}

function buildPostings(facts: PaymentFacts): TypedStop<"postings">[] {
  const { postings, messages, market } = facts;
  const [first] = postings;
  if (first === undefined) return [];
  const balances = facts.readsCustomers
    ? messages.flatMap(({ balanceMinor, msisdn }) =>
        balanceMinor === null
          ? []
          : [{ owner: formatOwner(facts, "wallet", msisdn), balance: formatMoney(balanceMinor, market) }],
      )
    : [];
  return [
    {
      kind: "postings",
      tone: "success",
      at: first.at.toISOString(),
      waits: false,
      postings: postings.map(({ fromKind, fromOwner, toKind, toOwner, amountMinor, type }) => ({
        from: formatOwner(facts, fromKind, fromOwner),
        to: formatOwner(facts, toKind, toOwner),
        amount: formatMoney(amountMinor, market),
        type,
      })),
      balances,
    },
  ];
}

/** How it ended, if no other stop says so. */
function buildOutcome(facts: PaymentFacts): TypedStop<"outcome">[] {
  const { payment, prompt, postings } = facts;
  if (payment.status === "held" || payment.endedAt === null) return [];
  const hasStop =
    payment.refusal === null ? postings.length > 0 : isCheckRefusal(payment.refusal) || prompt !== undefined;
  if (hasStop) return [];
  const status = toState(payment);
  return [
    {
      kind: "outcome",
      tone: status === "completed" ? "success" : status === "expired" ? "warning" : "danger",
      at: payment.endedAt.toISOString(),
      waits: false,
      status,
      description: payment.refusal === null ? null : describeRefusal(payment.refusal),
    },
  ];
}

function buildMessages(facts: PaymentFacts, publicIds: PublicIds): TypedStop<"sms">[] {
  const tones = { queued: "info", delivered: "success", lost: "warning" } as const;
  return facts.messages.map((message) => ({
    kind: "sms",
    tone: tones[message.state],
    at: (message.deliveredAt ?? message.at).toISOString(),
    waits: message.state === "queued",
    text: facts.readsCustomers ? formatMessage(message, facts.market, (id) => publicIds.receipt(id)) : null,
    recipient: formatMsisdn(facts, message.msisdn),
    state: message.state,
  }));
}

function buildCallback({ row, body, attempts }: DeliveryDetails): Stop[] {
  const state = getDeliveryState(row);
  const tried = attempts.map((attempt): TypedStop<"callback"> => ({
    kind: "callback",
    tone: attempt.failure !== null ? "danger" : attempt.warning !== null ? "warning" : "success",
    at: attempt.businessAt.toISOString(),
    waits: attempt.failure !== null,
    event: row.kind,
    attempt: attempt.attempt,
    url: attempt.url,
    method: attempt.method,
    httpStatus: attempt.httpStatus,
    tookMs: attempt.durationMs,
    sent: body,
    received: attempt.responseBody,
    failure: attempt.failure,
    warning: attempt.warning,
  }));
  if (state === "delivered") return tried;
  const due: TypedStop<"callback_due"> = {
    kind: "callback_due",
    tone: state === "dead_lettered" ? "danger" : "info",
    at: null,
    waits: false,
    event: row.kind,
    url: row.endpoint,
    dueAt: row.dueAt?.toISOString() ?? null,
    isDeadLettered: state === "dead_lettered",
  };
  return [...tried, due];
}

export const describeRefusal = (refusal: string): string =>
  getRefusalInfo(refusal as RecordedRefusal).description;
