/** Faults that a test switches on: the next callbacks of a market are lost, or sent twice. */
import { Type } from "typebox";
import {
  callbackFaultKinds,
  readCallbackFaults,
  setCallbackFault,
} from "../../store/rail/callback-faults.ts";
import { object, stringEnum } from "../../core/schema.ts";
import { defineRoute } from "./route.ts";

const kind = stringEnum(callbackFaultKinds, {
  description:
    "`lose`: the callback is not sent, and its attempt has failed. `twice`: it is sent twice, with the same content.",
});

const faultsResponse = object({
  faults: Type.Array(
    object({
      kind,
      remaining: Type.Integer({ description: "How many callbacks it still applies to.", examples: [1] }),
    }),
  ),
});

export const faultRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/faults",
    summary:
      "Loses the next callbacks of a market, or sends them twice. `times` replaces what is left of an earlier request; 0 ends the fault. Callbacks that are pulled (`pesarail listen`) have no faults.",
    body: object(
      { kind },
      {
        times: Type.Integer({
          minimum: 0,
          maximum: 1000,
          description: "How many callbacks; default 1.",
          examples: [1],
        }),
      },
    ),
    status: 200,
    response: faultsResponse,
    async handle({ params: { market }, body }, { payments }) {
      const { sql } = payments(market).context;
      await setCallbackFault(sql, body.kind, body.times ?? 1);
      return { faults: [...(await readCallbackFaults(sql))] };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/faults",
    summary: "Returns the faults that the next callbacks of a market will have.",
    status: 200,
    response: faultsResponse,
    handle: async ({ params: { market } }, { payments }) => ({
      faults: [...(await readCallbackFaults(payments(market).context.sql))],
    }),
  }),
] as const;
