/**
 * The products of Daraja: what an application can have enabled, as on Daraja's own portal.
 *
 * A product has one call or several. Both versions of C2B are products of their own: an application that has only one of
 * them gets a token error at the paths of the other.
 */
// prettier-ignore
export const products = {
  darajaExpress:       { limited: true,  description: "M-Pesa Express: STK push and its query" },
  darajaC2bV1:         { limited: true,  description: "C2B, version 1: register URLs, simulate" },
  darajaC2bV2:         { limited: true,  description: "C2B, version 2: register URLs, simulate" },
  darajaB2c:           { limited: true,  description: "B2C payments" },
  darajaPochi:         { limited: true,  description: "Payments to Pochi la Biashara" },
  darajaB2b:           { limited: true,  description: "B2B payments, B2C account top-up, tax remittance" },
  darajaB2bExpress:    { limited: true,  description: "B2B express checkout" },
  darajaReversal:      { limited: false, description: "Reversals" },
  darajaBalance:       { limited: false, description: "Account balance" },
  darajaStatus:        { limited: false, description: "Transaction status" },
  darajaQr:            { limited: false, description: "Dynamic QR" },
  darajaRatiba:        { limited: true,  description: "M-Pesa Ratiba: standing orders" },
  darajaPull:          { limited: false, description: "Pull transactions" },
  darajaBillManager:   { limited: false, description: "Bill Manager" },
  darajaHakikisha:     { limited: false, description: "B2C Hakikisha: the name of a customer" },
  darajaOrganisation:  { limited: false, description: "Organisation query" },
} as const satisfies Record<string, { limited: boolean; description: string }>;

export type DarajaProduct = keyof typeof products;

export const productNames = Object.keys(products) as readonly DarajaProduct[];
