/** Status: the version, the sandbox time, and the connection data for clients. */
import { Type } from "typebox";
import { environments, marketNames } from "../../core/markets.ts";
import { record, object, type Value } from "../../core/schema.ts";
import { timestamp } from "./fields.ts";
import { defineRoute } from "./route.ts";

const marketInfo = object({
  country: Type.String({ examples: ["TZN"] }),
  currency: Type.String({ examples: ["TZS"] }),
  customers: Type.Array(Type.String(), {
    description: "The MSISDNs of customers who approve every prompt.",
  }),
  handsets: Type.Array(object({ msisdn: Type.String(), pin: Type.String() }), {
    description: "Customers who answer prompts on their handsets.",
  }),
});

const daraja = object(
  {
    consumerKey: Type.String({ description: "The consumer key of the seeded application." }),
    consumerSecret: Type.String(),
    stkShortCode: Type.String({ description: "For STK push alone.", examples: ["174379"] }),
    shortCode: Type.String({ description: "For every call.", examples: ["600996"] }),
    otherShortCode: Type.String({ description: "An organisation that it pays.", examples: ["600000"] }),
    passkey: Type.String({ description: "The passkey of these shortcodes: the public one." }),
    stkShortCodes: record(Type.String(), {
      description: "Shortcodes that may send STK pushes, each with its passkey.",
    }),
    tillNumber: Type.String(),
    storeNumber: Type.String({ description: "The store of the till." }),
    initiatorName: Type.String({ examples: ["testapi"] }),
    initiatorPassword: Type.String(),
    securityCredential: Type.String({
      description: "The password, encrypted with the certificate, in base64.",
    }),
    certificate: Type.String({ description: "What clients encrypt passwords with, as PEM." }),
    customers: Type.Array(Type.String(), {
      description: "The MSISDNs of customers who approve every prompt.",
    }),
    handsets: Type.Array(object({ msisdn: Type.String(), pin: Type.String() }), {
      description: "Customers who answer prompts on their handsets.",
    }),
  },
  {},
  { description: "Daraja in `safaricomKEN`." },
);

const ipgV1 = object(
  {
    apiKey: Type.String({ description: "The API key of IPG v1 of the seeded application." }),
    publicKey: Type.String({ description: "The same as that of OpenAPI v2." }),
    serviceProviderCode: Type.String({ examples: ["171717"] }),
    receiverPartyCode: Type.String({ description: "The organisation that it pays.", examples: ["979797"] }),
    initiatorIdentifier: Type.String({ description: "For reversals.", examples: ["MPesa2018"] }),
    securityCredential: Type.String({ description: "Its password.", examples: ["Mpesa2019"] }),
    customers: Type.Array(Type.String(), {
      description: "The MSISDNs of customers who approve every prompt.",
    }),
    handsets: Type.Array(object({ msisdn: Type.String(), pin: Type.String() }), {
      description: "Customers who answer prompts on their handsets.",
    }),
  },
  {},
  { description: "IPG v1 in `vodacomMOZ`." },
);

const soap = object(
  {
    spId: Type.String({ description: "The id of the seeded service provider." }),
    spPassword: Type.String({ description: "Its password, of which digests are made." }),
    serviceId: Type.String(),
    shortCode: Type.String({ description: "For every command.", examples: ["600996"] }),
    otherShortCode: Type.String({ description: "An organisation that it pays.", examples: ["600000"] }),
    initiatorName: Type.String({ examples: ["testapi"] }),
    initiatorPassword: Type.String(),
    securityCredential: Type.String({
      description: "The password, encrypted with the certificate, in base64.",
    }),
    certificate: Type.String({ description: "What clients encrypt passwords with, as PEM." }),
    passwordKey: Type.String({ description: "Encrypts a new password in `changePassword`." }),
    passwordVector: Type.String(),
    lnmo: object(
      {
        path: Type.String({ description: "Its path. `sandbox.json` also has its `url`." }),
        merchantId: Type.String({ description: "MERCHANT_ID.", examples: ["100001"] }),
        passkey: Type.String({ description: "What PASSWORD is made with." }),
        shortCode: Type.String({ description: "The paybill that collects.", examples: ["600996"] }),
      },
      {},
      { description: "The LNMO checkout." },
    ),
    customers: Type.Array(Type.String(), {
      description: "The MSISDNs of customers who approve every prompt.",
    }),
    handsets: Type.Array(object({ msisdn: Type.String(), pin: Type.String() }), {
      description: "Customers who answer prompts on their handsets.",
    }),
  },
  {},
  { description: "The SOAP Broker in `safaricomKEN`." },
);

const sandboxResponse = object({
  apiKey: Type.String({ description: "The API key of the seeded application." }),
  publicKey: Type.String({
    description: "The public key with which clients encrypt their keys: SPKI in DER, as base64.",
  }),
  serviceProviderCode: Type.String({
    description: "The organisation that receives payments in samples.",
    examples: ["000000"],
  }),
  receiverPartyCode: Type.String({ description: "The organisation that it pays.", examples: ["000001"] }),
  markets: record(marketInfo, {
    propertyNames: { enum: marketNames },
    description: "The markets of OpenAPI v2 by name, such as `vodacomTZN`.",
  }),
  daraja,
  ipgV1,
  soap,
});

export const statusRoutes = [
  defineRoute({
    method: "GET",
    path: "/status",
    summary: "Returns the server's version, its environments, and the sandbox's business time.",
    status: 200,
    response: object({
      version: Type.String({ examples: ["0.1.0"] }),
      environments: Type.Array(Type.String()),
      now: timestamp,
    }),
    async handle(_request, { version, clock }) {
      return { version, environments, now: new Date(clock.now()).toISOString() };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/sandbox",
    summary:
      "Returns what clients need: keys of the seeded application, organisations and customers, for OpenAPI v2, in `daraja` for Daraja, in `ipgV1` for IPG v1, and in `soap` for the SOAP Broker. They are `openapi`, `daraja`, `ipgV1` and `soap` of `sandbox.json`, which also has the URLs and ports.",
    status: 200,
    response: sandboxResponse,
    handle: async (_request, { sandboxInfo }) => sandboxInfo as Value<typeof sandboxResponse>,
  }),
] as const;
