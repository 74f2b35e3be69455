/** The checks of a payment in their order, with what was checked and what it was compared with. */
import type { Market } from "../../core/markets.ts";
import { formatMoney } from "../../handset/message-text.ts";
import { checkByRefusal, checks, type CheckName } from "../../payments/order-of-checks.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { PaymentType } from "../../store/rail/payments.ts";
import type { PaymentFacts } from "./payment-facts.ts";
import type { CheckRow } from "./payment-response.ts";
import { formatParty } from "./payment-parties.ts";
import { getCallTitle } from "./request-response.ts";

/** The checks that only some types of payment have. */
const typesByCheck: Readonly<Partial<Record<CheckName, readonly PaymentType[]>>> = {
  earlier_payment: ["reversal", "step"],
  mandate: ["debit", "mandate", "mandate_cancel"],
  consent: ["collection", "debit", "mandate"],
  balance: ["collection", "payout", "transfer", "reversal", "debit", "step"],
};

/** Checks of the request's text are one row: each of them passed, or there would be no payment. */
const merged: ReadonlySet<CheckName> = new Set(["missing_parameters", "parameters", "parameters_together"]);

export function listChecks(facts: PaymentFacts): CheckRow[] {
  const { payment } = facts;
  const refused =
    payment.refusal === null
      ? null
      : ((checkByRefusal as Readonly<Partial<Record<string, CheckName | null>>>)[payment.refusal] ?? null);
  const refusedAt = refused === null ? Number.POSITIVE_INFINITY : getNumber(refused);
  const openFrom = awaitsReply(facts) ? getNumber("consent") : Number.POSITIVE_INFINITY;
  return checks
    .filter(({ name }) => !merged.has(name))
    .map(({ name, number }) => ({
      name,
      numbers: name === "body" ? "5–8" : String(number),
      result: getResult(name, number, { type: payment.type, refusedAt, openFrom }),
      value: describeCheck(name, facts),
      limits: listLimits(name, facts),
    }));
}

const getNumber = (name: CheckName): number => checks.find((check) => check.name === name)?.number ?? 0;

/** Whether the customer's reply is awaited. */
const awaitsReply = ({ payment, hold }: PaymentFacts): boolean =>
  payment.status === "held" && hold?.kind === "prompt";

function getResult(
  name: CheckName,
  number: number,
  { type, refusedAt, openFrom }: { type: PaymentType; refusedAt: number; openFrom: number },
): CheckRow["result"] {
  if (number === refusedAt) return "refused";
  if (typesByCheck[name]?.includes(type) === false) return "skipped";
  if (number > refusedAt) return "unreached";
  return number >= openFrom ? "open" : "passed";
}

function describeCheck(name: CheckName, facts: PaymentFacts): string | null {
  const { payment, application, market, limits } = facts;
  if (name === "authentication") return application.name;
  if (name === "market") return market;
  if (name === "product")
    return payment.operation === null || payment.protocol === null
      ? null
      : getCallTitle(payment.protocol as never, payment.operation);
  if (name === "usage_hours") return formatHours(limits?.usageFrom, limits?.usageUntil);
  if (name === "duplicate") return payment.reference === "" ? null : payment.reference;
  if (name === "organisation") return formatParty(facts, "organisation");
  if (name === "other_party") return formatParty(facts, "counterparty");
  return null;
}

function formatHours(from: number | undefined, until: number | undefined): string | null {
  if (from === undefined && until === undefined) return null;
  const format = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${format(from ?? 0)}–${format(until ?? 24 * 60)}`;
}

/** The value beside the limit, where both are known. A balance is the one that the customer has now. */
function listLimits(name: CheckName, facts: PaymentFacts): CheckRow["limits"] {
  const { payment, limits, market, wallet } = facts;
  const { amountMinor } = payment;
  if (name === "limits" && limits?.singleValueMinor !== undefined)
    return [toLimit("single_value", amountMinor, limits.singleValueMinor, market)];
  if (name === "balance" && payment.refusal === "customer_balance_too_low" && facts.readsCustomers && wallet)
    return [toLimit("balance", wallet.availableMinor, amountMinor, market)];
  return [];
}

const toLimit = (
  name: CheckRow["limits"][number]["name"],
  valueMinor: bigint,
  limitMinor: bigint,
  market: Market,
): CheckRow["limits"][number] => ({
  name,
  value: formatMoney(valueMinor, market),
  limit: formatMoney(limitMinor, market),
  percent: limitMinor <= 0n || valueMinor >= limitMinor ? 100 : Number((valueMinor * 100n) / limitMinor),
});

/** Whether a refusal comes from a check, and not from what happened afterwards. */
export const isCheckRefusal = (refusal: string): boolean =>
  checkByRefusal[refusal as RecordedRefusal] !== null;
