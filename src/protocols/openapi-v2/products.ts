/**
 * OpenAPI v2's products: the calls that an application may have enabled.
 *
 * `limited` products count value or number of payments; the others have only usage hours. A caller's reference is
 * used once per application, rail and `idempotent` product; the two plain queries may repeat theirs. `getSession` is
 * no product: every application may request a session.
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
