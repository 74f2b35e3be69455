/** Status: the version, the sandbox time, and the connection data for clients. */
import { environments } from "../../core/markets.ts";
import { timestamp } from "./fields.ts";
import { defineRoute } from "./route.ts";
import { array, record, object, string } from "./schema.ts";

const marketInfo = object({
  country: string({ examples: ["TZN"] }),
  currency: string({ examples: ["TZS"] }),
  customers: array(string({}), {
    description: "The MSISDNs of customers who approve every prompt.",
  }),
  handsets: array(object({ msisdn: string({}), pin: string({}) }), {
    description: "Customers who answer prompts on their handsets.",
  }),
});

export const statusRoutes = [
  defineRoute({
    method: "GET",
    path: "/status",
    summary: "Returns the server's version, its environments, and the sandbox's business time.",
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
      "Returns what a client needs: the API key of the seeded application, the public key, organisations and customers. It is `openapi` of `sandbox.json`.",
    status: 200,
    response: object({
      apiKey: string({ description: "The API key of the seeded application." }),
      publicKey: string({
        description: "The public key with which clients encrypt their keys: SPKI in DER, as base64.",
      }),
      serviceProviderCode: string({
        description: "The organisation that receives payments in samples.",
        examples: ["000000"],
      }),
      receiverPartyCode: string({ description: "The organisation that it pays.", examples: ["000001"] }),
      markets: record(marketInfo, { description: "By name, such as `vodacomTZN`." }),
    }),
    handle: (_request, { sandboxInfo: facts }) => Promise.resolve(facts),
  }),
];
