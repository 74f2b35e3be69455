/**
 * Products: the calls that an application can have enabled, and the limits of each.
 *
 * `getSession` is not a product: every application may create sessions.
 */

/**
 * `limited` products can have limits on value and count. The others have only usage hours. With `idempotent`,
 * a reference can be used once per application, rail and product. The two plain queries may repeat theirs.
 * `number` is part of stored keys and never changes.
 */
// prettier-ignore
export const products = {
  c2bSingle:               { number:  1, limited: true,  idempotent: true,  description: "Customer to business, one step" },
  c2bMultiStage:           { number:  2, limited: true,  idempotent: true,  description: "Customer to business, held until committed" },
  updateTransactionStatus: { number:  3, limited: false, idempotent: true,  description: "Commit or release a held payment" },
  b2c:                     { number:  4, limited: true,  idempotent: true,  description: "Business to customer" },
  b2b:                     { number:  5, limited: true,  idempotent: true,  description: "Business to business" },
  reversal:                { number:  6, limited: false, idempotent: true,  description: "Reverse a payment in full or in part" },
  queryTransactionStatus:  { number:  7, limited: false, idempotent: false, description: "Query the status of a payment" },
  queryBeneficiaryName:    { number:  8, limited: false, idempotent: false, description: "Query a customer's name" },
  directDebitCreate:       { number:  9, limited: true,  idempotent: true,  description: "Create a direct-debit mandate" },
  directDebitPayment:      { number: 10, limited: true,  idempotent: true,  description: "Debit a customer under a mandate" },
  queryDirectDebit:        { number: 11, limited: false, idempotent: true,  description: "Query a mandate" },
  directDebitCancel:       { number: 12, limited: true,  idempotent: true,  description: "Cancel a mandate" },
} as const satisfies Record<string, { number: number; limited: boolean; idempotent: boolean; description: string }>;

export type Product = keyof typeof products;

export const productNames = Object.keys(products) as readonly Product[];

/**
 * The limits of one product of an application. Times are minutes of the market's local day. A range whose
 * end is not after its start crosses midnight. Values are minor units of the rail's currency. An absent
 * limit means no limit.
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
