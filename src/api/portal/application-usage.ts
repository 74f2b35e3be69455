/** What is used of an application's limits now, in a market. */
import { Type } from "typebox";
import { localTime, msPerDay, msPerMinute } from "../../core/clock.ts";
import { marketNames, markets, type Market } from "../../core/markets.ts";
import { formatAmount } from "../../core/money.ts";
import { railFor } from "../../core/rails.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { toApplication } from "../../developers/applications.ts";
import type { ApplicationRow } from "../../developers/application-service.ts";
import {
  readApplicationUsage,
  type CountedProduct,
  type HighestUsage,
} from "../../payments/application-usage.ts";
import type { PaymentLimits } from "../../payments/limits.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { findMarketProtocols } from "../../protocols/registry.ts";
import { readUsableTokens } from "../../store/main/access-tokens.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

/** Sessions whose usage is read: the newest. */
const maxSessions = 200;

const limitUsage = nullable(
  object({
    used: Type.String({ description: "A decimal amount or a count: the highest of a session or customer." }),
    limit: Type.String(),
    percent: Type.Integer({ minimum: 0, maximum: 100 }),
  }),
);

const productUsage = object({
  product: Type.String(),
  sessionDailyValue: limitUsage,
  sessionDailyCount: limitUsage,
  customerDailyValue: limitUsage,
  customerDailyCount: limitUsage,
  sessions: Type.Integer({ description: "How many open sessions have used it today." }),
  customers: Type.Integer({ description: "How many customers have used it today." }),
});

export const applicationUsageRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/usage",
    summary:
      "Returns what is used today of each limit in a market: by the session, and by the customer, that has used most. A limit counts from when it is set.",
    query: object({ market: stringEnum(marketNames, { description: "The market." }) }),
    status: 200,
    response: object({
      currency: Type.String(),
      resetsAt: Type.String({ format: "date-time", description: "The next local midnight: business time." }),
      minutesLeft: Type.Integer({ description: "Business time until then." }),
      products: Type.Array(productUsage),
    }),
    errors: { 404: noSuchApplication },
    async handle({ params, query: { market } }, context) {
      return readUsageToday(await getOwnApplication(context, params.id), market, context);
    },
  }),
] as const;

async function readUsageToday(row: ApplicationRow, market: Market, { deps }: DeveloperContext) {
  const { currency, timeZone } = markets[market];
  const now = deps.sandbox.clock.now();
  const { day, minute } = localTime(now, timeZone);
  const tokens = await readUsableTokens(deps.main, row.id, now, maxSessions);
  const application = toApplication(row);
  const limited = findMarketProtocols(market).flatMap((protocol) =>
    protocol.products
      .filter(({ name, limited: mayHaveLimits }) => mayHaveLimits && application.hasProduct(name))
      .map(({ name }) => toCountedProduct(protocol, name, row.id, tokens)),
  );
  const usages = await readApplicationUsage(deps.rail(railFor("sandbox", market)), row.id, day, limited);
  const minutesLeft = msPerDay / msPerMinute - minute;
  return {
    currency,
    minutesLeft,
    resetsAt: new Date((Math.floor(now / msPerMinute) + minutesLeft) * msPerMinute).toISOString(),
    products: usages.map(({ product, session, customer }) => {
      const limits = application.limitsFor(product, market) ?? {};
      return toProductUsage(product, limits, { session, customer, market });
    }),
  };
}

function toCountedProduct(
  { name: protocol, operations, toUsageSession }: Protocol,
  product: string,
  applicationId: bigint,
  tokens: readonly { readonly hash: string; readonly protocol: string }[],
): CountedProduct {
  return {
    product,
    protocol,
    operations: operations
      .filter((operation) => (operation.product ?? operation.name) === product)
      .map(({ name }) => name),
    sessions:
      toUsageSession === undefined
        ? tokens.filter((token) => token.protocol === protocol).map(({ hash }) => hash)
        : [toUsageSession(applicationId)],
  };
}

function toProductUsage(
  product: string,
  limits: PaymentLimits,
  { session, customer, market }: { session: HighestUsage; customer: HighestUsage; market: Market },
) {
  const { decimals } = markets[market];
  const toValue = (used: bigint, limit: bigint | undefined) =>
    limit === undefined
      ? null
      : {
          used: formatAmount(used, decimals),
          limit: formatAmount(limit, decimals),
          percent: limit === 0n || used >= limit ? 100 : Number((used * 100n) / limit),
        };
  const toCount = (used: number, limit: number | undefined) =>
    limit === undefined
      ? null
      : {
          used: String(used),
          limit: String(limit),
          percent: used >= limit ? 100 : Math.floor((used * 100) / limit),
        };
  return {
    product,
    sessionDailyValue: toValue(session.valueMinor, limits.sessionDailyValueMinor),
    sessionDailyCount: toCount(session.count, limits.sessionDailyCount),
    customerDailyValue: toValue(customer.valueMinor, limits.customerDailyValueMinor),
    customerDailyCount: toCount(customer.count, limits.customerDailyCount),
    sessions: session.counted,
    customers: customer.counted,
  };
}
