/** The payments of a developer's applications: the list, one with its history, and what lets a refused one pass. */
import { Type } from "typebox";
import { formatAmountMinor } from "../control/fields.ts";
import { topUp } from "../control/funding.ts";
import { msPerMinute } from "../../core/clock.ts";
import { idTimestamp } from "../../core/ids.ts";
import { markets, type Market } from "../../core/markets.ts";
import { nullable, object } from "../../core/schema.ts";
import { formatMoney } from "../../handset/message-text.ts";
import { protocolNames, type ProtocolName } from "../../protocols/protocol.ts";
import { findProtocol } from "../../protocols/registry.ts";
import { readWallet } from "../../store/rail/accounts.ts";
import { getDeliveryState } from "../../store/rail/notification-queries.ts";
import { ApiError } from "../api-error.ts";
import { assertLocalTools } from "./own-objects.ts";
import { getOwnPayment, noSuchPayment, readPaymentFacts, type PaymentFacts } from "./payment-facts.ts";
import { getPayer, toParty } from "./payment-parties.ts";
import { paymentHistory, type PaymentHistory } from "./payment-response.ts";
import { buildTimeline } from "./payment-timeline.ts";
import { getCallTitle, requestSummary, toState, toSummaries } from "./request-response.ts";
import { decodeCursor, findOwnRows, readOwnTexts, requestQuery, type OwnRows } from "./request-search.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

/** A page of payments looks at so many requests at most, in so many steps. */
const requestsPerStep = 200;
const maxSteps = 10;
/** A request that takes longer than this to be logged was not stored. */
const logDelayMs = 2 * msPerMinute;

export const paymentRoutes = [
  defineRoute({
    method: "GET",
    path: "/payments",
    summary:
      "Lists the requests of your applications that made a payment, newest first. A page can have fewer payments than its limit, also none, and still a next page.",
    query: requestQuery,
    status: 200,
    response: object({
      payments: Type.Array(requestSummary),
      next: nullable(
        Type.String({ description: "Pass it as `before` to get the next page; null on the last." }),
      ),
    }),
    async handle({ query }, context) {
      const { flushRequestLog, publicIds } = context.deps.sandbox;
      await flushRequestLog();
      const limit = Number(query.limit ?? 50);
      // A search reads blocks of texts in each step, and finds few requests.
      const steps = query.name === undefined && query.msisdn === undefined ? maxSteps : 1;
      let before = query.before === undefined ? null : decodeCursor(context, query.before);
      const made: OwnRows["rows"][number][] = [];
      let applications: OwnRows["applications"] = new Map();
      let hasMore = true;
      for (let step = 0; step < steps && hasMore && made.length < limit; step += 1) {
        const batch = await findOwnRows(context, query, { before, limit: requestsPerStep });
        const payments = batch.rows.filter(({ madePayment }) => madePayment);
        const room = payments.slice(0, limit - made.length);
        made.push(...room);
        applications = batch.applications;
        const isCut = room.length < payments.length;
        hasMore = batch.hasMore || isCut;
        before = (isCut ? room.at(-1)?.requestId : batch.rows.at(-1)?.requestId) ?? before;
      }
      const payments = await toSummaries(
        { deps: context.deps, applications },
        await readOwnTexts(context, made),
      );
      return { payments, next: hasMore && before !== null ? publicIds.requestId(before) : null };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/payments/{market}/{conversation}",
    summary: "Returns a payment of your applications with its history, from its request to its callbacks.",
    status: 200,
    response: paymentHistory,
    errors: { 404: noSuchPayment },
    handle: async ({ params: { market, conversation } }, context) =>
      toPaymentHistory(context, await readPaymentFacts(context, market, conversation)),
  }),

  defineRoute({
    method: "POST",
    path: "/payments/{market}/{conversation}/top-up",
    summary:
      "Gives the customer of a payment that their balance refused what they lack now. Send the request again afterwards. Local tools only.",
    status: 200,
    response: object({ added: Type.String() }),
    errors: { 404: noSuchPayment, 409: "The customer does not lack money for this payment." },
    async handle({ params: { market, conversation } }, context) {
      const { payment, sql } = await getOwnPayment(context, market, conversation);
      assertLocalTools(context);
      const wallet = await readWallet(sql, payment.counterparty);
      const missing = getMissingMinor(payment.refusal, payment.amountMinor, wallet?.availableMinor);
      if (missing === null) throw new ApiError(409, "The customer does not lack money for this payment.");
      const account = { kind: "wallet", owner: payment.counterparty } as const;
      await topUp(context.deps.sandbox, market, account, formatAmountMinor(missing, market));
      return { added: formatMoney(missing, market) };
    },
  }),
] as const;

/** Null unless the payment was refused because of the customer's balance, and would be again. */
function getMissingMinor(
  refusal: string | null,
  amountMinor: bigint,
  availableMinor: bigint | undefined,
): bigint | null {
  if (refusal !== "customer_balance_too_low" || availableMinor === undefined) return null;
  const missing = amountMinor - availableMinor;
  return missing > 0n ? missing : null;
}

function toPaymentHistory({ deps }: DeveloperContext, facts: PaymentFacts): PaymentHistory {
  const { market, payment, application, request, wallet } = facts;
  const { publicIds } = deps.sandbox;
  const payer = getPayer(facts);
  const missing = facts.readsCustomers
    ? getMissingMinor(payment.refusal, payment.amountMinor, wallet?.availableMinor)
    : null;
  return {
    conversationId: publicIds.requestId(payment.id),
    transactionId: payment.receipt ?? publicIds.receipt(payment.id).toUpperCase(),
    market: toMarket(market),
    application: { id: application.id.toString(), name: application.name },
    protocol: getProtocolTitle(payment.protocol),
    call:
      payment.protocol === null || payment.operation === null
        ? payment.type
        : getCallTitle(payment.protocol as ProtocolName, payment.operation),
    status: toState(payment),
    refusal: payment.refusal,
    amount: formatMoney(payment.amountMinor, market),
    reversed: payment.reversedMinor === 0n ? null : formatMoney(payment.reversedMinor, market),
    payer: toParty(facts, payer),
    receiver: toParty(facts, payer === "organisation" ? "counterparty" : "organisation"),
    reference: payment.reference,
    customerReference: payment.customerReference,
    description: payment.description,
    at: payment.at.toISOString(),
    endedAt: payment.endedAt?.toISOString() ?? null,
    tookMs: getDurationMs(facts),
    isOpen: isOpen(facts),
    stops: buildTimeline(facts, publicIds),
    request,
    topUp: missing === null ? null : formatMoney(missing, market),
  };
}

/** In the sandbox's time; that of the request if its response had the result. Null while the payment is held. */
function getDurationMs({ payment, request }: PaymentFacts): number | null {
  if (payment.endedAt === null) return null;
  const tookMs = payment.endedAt.getTime() - payment.at.getTime();
  return tookMs > 0 ? tookMs : (request?.latencyMs ?? 0);
}

/** Whether something is still going to happen by itself: a reply, an SMS, a callback. */
const isOpen = ({ payment, messages, callbacks, request }: PaymentFacts): boolean =>
  payment.status === "held" ||
  // The log has a request once it has its response.
  (request === null && Date.now() - idTimestamp(payment.id) < logDelayMs) ||
  messages.some(({ state }) => state === "queued") ||
  callbacks.some(({ row }) => getDeliveryState(row) === "open");

const toMarket = (market: Market): PaymentHistory["market"] => ({
  name: market,
  title: markets[market].name,
  timeZone: markets[market].timeZone,
});

function getProtocolTitle(name: string | null): string {
  const known = protocolNames.find((each) => each === name);
  return known === undefined ? "" : (findProtocol(known)?.title ?? known);
}
