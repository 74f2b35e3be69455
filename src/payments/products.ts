/**
 * Products: the calls that an application may have enabled, and the limits that each may carry.
 *
 * The names are ours, since four protocols share them. `getSession` is no product: every application
 * may ask for a session.
 */

/**
 * `limited` products count value or number of payments; the others have only usage hours. A caller's
 * reference is used `once` per application, rail and product; the two plain queries may repeat theirs.
 * `number` is part of stored keys: it never changes.
 */
// prettier-ignore
export const products = {
  c2bSingle:               { number:  1, limited: true,  idempotent: true,  description: "Customer to business, one step" },
  c2bMultiStage:           { number:  2, limited: true,  idempotent: true,  description: "Customer to business, held until committed" },
  updateTransactionStatus: { number:  3, limited: false, idempotent: true,  description: "Commit or release a held payment" },
  b2c:                     { number:  4, limited: true,  idempotent: true,  description: "Business to customer" },
  b2b:                     { number:  5, limited: true,  idempotent: true,  description: "Business to business" },
  reversal:                { number:  6, limited: false, idempotent: true,  description: "Reverse a payment in full or in part" },
  queryTransactionStatus:  { number:  7, limited: false, idempotent: false, description: "Ask how a payment ended" },
  queryBeneficiaryName:    { number:  8, limited: false, idempotent: false, description: "Ask for a customer's name" },
  directDebitCreate:       { number:  9, limited: true,  idempotent: true,  description: "Create a direct-debit mandate" },
  directDebitPayment:      { number: 10, limited: true,  idempotent: true,  description: "Debit a customer under a mandate" },
  queryDirectDebit:        { number: 11, limited: false, idempotent: true,  description: "Ask about a mandate" },
  directDebitCancel:       { number: 12, limited: true,  idempotent: true,  description: "Cancel a mandate" },
} as const satisfies Record<string, { number: number; limited: boolean; idempotent: boolean; description: string }>;

export type Product = keyof typeof products;

export const productNames = Object.keys(products) as readonly Product[];

/**
 * What an application may do with one product. Times are minutes of the market's local day; a range
 * whose end is not after its start crosses midnight. Values are minor units of the rail's currency.
 * A limit that is absent does not limit.
 */
export interface PaymentLimits {
  readonly usageFrom?: number | undefined;
  readonly usageUntil?: number | undefined;
  readonly singleValueMinor?: bigint | undefined;
  readonly sessionDailyValueMinor?: bigint | undefined;
  readonly sessionDailyCount?: number | undefined;
  readonly customerDailyValueMinor?: bigint | undefined;
  readonly customerDailyCount?: number | undefined;
}

/** Whether the product may be used at this minute of the local day. */
export function isWithinUsageHours(limits: PaymentLimits, minuteOfDay: number): boolean {
  const { usageFrom: from, usageUntil: until } = limits;
  if (from === undefined || until === undefined) return true;
  return from < until
    ? minuteOfDay >= from && minuteOfDay < until
    : minuteOfDay >= from || minuteOfDay < until;
}
