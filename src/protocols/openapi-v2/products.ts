/**
 * The products of OpenAPI v2: the calls that an application can have enabled.
 *
 * `limited` products can have limits on value and count. The others have only usage hours. With `idempotent`, a
 * reference can be used once per application, rail and product. The two plain queries may repeat theirs.
 * `getSession` is not a product: every application may create sessions.
 */
// prettier-ignore
export const products = {
  c2bSingle:               { limited: true,  idempotent: true,  description: "Customer to business, one step" },
  c2bMultiStage:           { limited: true,  idempotent: true,  description: "Customer to business, held until committed" },
  updateTransactionStatus: { limited: false, idempotent: true,  description: "Commit or release a held payment" },
  b2c:                     { limited: true,  idempotent: true,  description: "Business to customer" },
  b2b:                     { limited: true,  idempotent: true,  description: "Business to business" },
  reversal:                { limited: false, idempotent: true,  description: "Reverse a payment in full or in part" },
  queryTransactionStatus:  { limited: false, idempotent: false, description: "Query the status of a payment" },
  queryBeneficiaryName:    { limited: false, idempotent: false, description: "Query a customer's name" },
  directDebitCreate:       { limited: true,  idempotent: true,  description: "Create a direct-debit mandate" },
  directDebitPayment:      { limited: true,  idempotent: true,  description: "Debit a customer under a mandate" },
  queryDirectDebit:        { limited: false, idempotent: true,  description: "Query a mandate" },
  directDebitCancel:       { limited: true,  idempotent: true,  description: "Cancel a mandate" },
} as const satisfies Record<string, { limited: boolean; idempotent: boolean; description: string }>;

export type Product = keyof typeof products;

export const productNames = Object.keys(products) as readonly Product[];
