/**
 * The products of IPG v1: the calls that an application can have enabled.
 *
 * `limited` products can have limits on value and count. The others have only usage hours. With `idempotent`, a reference
 * can be used once per application, rail and product. The two queries may repeat theirs.
 */
// prettier-ignore
export const products = {
  ipgV1C2b:                    { limited: true,  idempotent: true,  description: "Customer to business" },
  ipgV1B2c:                    { limited: true,  idempotent: true,  description: "Business to customer" },
  ipgV1B2b:                    { limited: true,  idempotent: true,  description: "Business to business" },
  ipgV1Reversal:               { limited: false, idempotent: true,  description: "Reverse a payment in full or in part" },
  ipgV1QueryTransactionStatus: { limited: false, idempotent: false, description: "Query the status of a payment" },
  ipgV1QueryCustomerName:      { limited: false, idempotent: false, description: "Query a customer's name, masked" },
} as const satisfies Record<string, { limited: boolean; idempotent: boolean; description: string }>;

export type IpgV1Product = keyof typeof products;

export const productNames = Object.keys(products) as readonly IpgV1Product[];
