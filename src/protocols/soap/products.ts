/** The products of the SOAP Broker: what an application, which the Broker calls a service provider, can have enabled. */
// prettier-ignore
export const products = {
  soapB2c:      { limited: true,  description: "SOAP Broker: payments to customers" },
  soapB2b:      { limited: true,  description: "SOAP Broker: payments between organisations and within one" },
  soapReversal: { limited: false, description: "SOAP Broker: reversals" },
  soapBalance:  { limited: false, description: "SOAP Broker: account balance" },
  soapStatus:   { limited: false, description: "SOAP Broker: transaction status" },
  soapC2b:      { limited: false, description: "SOAP Broker: the URLs of C2B validation and confirmation" },
  soapLnmo:     { limited: true,  description: "LNMO checkout: customers pay online" },
} as const satisfies Record<string, { limited: boolean; description: string }>;

export type SoapProduct = keyof typeof products;

export const productNames = Object.keys(products) as readonly SoapProduct[];
