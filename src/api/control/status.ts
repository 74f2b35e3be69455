/** Status: which server this is, what time the sandbox has, and what a client needs to begin. */
import { environments } from "../../core/money.ts";
import { timestamp } from "./fields.ts";
import { defineRoute } from "./route.ts";
import { array, record, object, string } from "./schema.ts";

const marketInfo = object({
  country: string({ examples: ["TZN"] }),
  currency: string({ examples: ["TZS"] }),
  customers: array(string({}), {
    description: "The MSISDNs of customers who approve whatever they are asked.",
  }),
  handsets: array(object({ msisdn: string({}), pin: string({}) }), {
    description: "Those of customers who are asked on their handsets.",
  }),
});

export const statusRoutes = [
  defineRoute({
    method: "GET",
    path: "/status",
    summary: "Tells the server's version, its environments, and the time of the sandbox's business clock.",
    status: 200,
    response: object({
      version: string({ examples: ["0.1.0"] }),
      environments: array(string({})),
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
      "Tells what a client needs to begin: the seeded application's API key, the public key, organisations and people. It is `openapi` of `sandbox.json`.",
    status: 200,
    response: object({
      apiKey: string({ description: "The seeded application's." }),
      publicKey: string({ description: "What clients encrypt their keys to: SPKI in DER, as base64." }),
      serviceProviderCode: string({
        description: "The organisation that samples use.",
        examples: ["000000"],
      }),
      receiverPartyCode: string({ description: "The one that it pays.", examples: ["000001"] }),
      markets: record(marketInfo, { description: "By their names, such as `vodacomTZN`." }),
    }),
    handle: (_request, { sandboxInfo: facts }) => Promise.resolve(facts),
  }),
];
