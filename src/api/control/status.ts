/** Status: the version, the sandbox time, and the connection data for clients. */
import { Type } from "typebox";
import { environments, marketNames } from "../../core/markets.ts";
import { record, object, type Value } from "../../core/schema.ts";
import { timestamp } from "./fields.ts";
import { ControlError } from "./control-error.ts";
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
    description: "By name, such as `vodacomTZN`.",
  }),
});

const noSuchProtocol = "This server has no such protocol.";

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
      "Returns what a client needs: the API key of the seeded application, the public key, organisations and customers. It is `openapi` of `sandbox.json`.",
    status: 200,
    response: sandboxResponse,
    handle: async (_request, { sandboxInfo }) => sandboxInfo as Value<typeof sandboxResponse>,
  }),

  defineRoute({
    method: "GET",
    path: "/protocols/{protocol}",
    summary: "Returns what a client of a protocol needs. It is in `protocols` of `sandbox.json`.",
    status: 200,
    response: record(Type.Unknown(), { description: "It depends on the protocol." }),
    errors: { 404: noSuchProtocol },
    async handle({ params }, { protocolInfo }) {
      const info = protocolInfo[params.protocol];
      if (info === undefined) throw new ControlError(404, noSuchProtocol);
      return info as Record<string, unknown>;
    },
  }),
] as const;
