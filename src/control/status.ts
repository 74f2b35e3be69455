/** Status: which server this is, what time the sandbox has, and what a client needs to begin. */
import { environments } from "../money.ts";
import { moment } from "./fields.ts";
import { route } from "./route.ts";
import { list, named, object, text } from "./schema.ts";

const market = object({
  country: text({ examples: ["TZN"] }),
  currency: text({ examples: ["TZS"] }),
  customers: list(text({}), { description: "The MSISDNs of customers who approve whatever they are asked." }),
  handsets: list(object({ msisdn: text({}), pin: text({}) }), {
    description: "Those of customers who are asked on their handsets.",
  }),
});

export const statusRoutes = [
  route({
    method: "GET",
    path: "/status",
    does: "Tells the server's version, its environments, and the time of the sandbox's business clock.",
    status: 200,
    answers: object({ version: text({ examples: ["0.1.0"] }), environments: list(text({})), now: moment }),
    async handle(_asked, { version, clock }) {
      return { version, environments, now: new Date(clock.now()).toISOString() };
    },
  }),

  route({
    method: "GET",
    path: "/sandbox",
    does: "Tells what a client needs to begin: the seeded application's API key, the public key, organisations and people. It is `openapi` of `sandbox.json`.",
    status: 200,
    answers: object({
      apiKey: text({ description: "The seeded application's." }),
      publicKey: text({ description: "What clients encrypt their keys to: SPKI in DER, as base64." }),
      serviceProviderCode: text({ description: "The organisation that samples use.", examples: ["000000"] }),
      receiverPartyCode: text({ description: "The one that it pays.", examples: ["000001"] }),
      markets: named(market, { description: "By their names, such as `vodacomTZN`." }),
    }),
    handle: (_asked, { facts }) => Promise.resolve(facts),
  }),
];
