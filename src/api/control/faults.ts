/** Faults that a test switches on: the next callbacks are lost or sent twice, and the next requests fail. */
import { Type } from "typebox";
import type { Market } from "../../core/markets.ts";
import { object, stringEnum } from "../../core/schema.ts";
import { findMarketProtocols, protocols, requestFaultKinds } from "../../protocols/registry.ts";
import { readRequestFaults, setRequestFault } from "../../store/main/request-faults.ts";
import {
  callbackFaultKinds,
  readCallbackFaults,
  setCallbackFault,
  type CallbackFaultKind,
} from "../../store/rail/callback-faults.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const requestFaultTexts = protocols.flatMap(({ title, requestFaults = [] }) =>
  requestFaults.map(({ kind, description }) => `\`${kind}\` (${title}): ${description}`),
);

const kind = stringEnum([...callbackFaultKinds, ...requestFaultKinds], {
  description: [
    "`lose`: the callback is not sent, and its attempt has failed. `twice`: it is sent twice, with the same content.",
    ...requestFaultTexts,
  ].join(" "),
});

const faultsResponse = object({
  faults: Type.Array(
    object({
      kind,
      remaining: Type.Integer({
        description: "How many callbacks or requests it still applies to.",
        examples: [1],
      }),
    }),
  ),
});

const noSuchFault = "The protocols of this market do not have this fault.";

export const faultRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/faults",
    summary:
      "Loses the next callbacks of a market or sends them twice, or makes the next requests to it fail. `times` replaces what is left of an earlier request; 0 ends the fault. Callbacks that are pulled (`pesarail listen`) have no faults.",
    body: object(
      { kind },
      {
        times: Type.Integer({
          minimum: 0,
          maximum: 1000,
          description: "How many callbacks or requests; default 1.",
          examples: [1],
        }),
      },
    ),
    status: 200,
    response: faultsResponse,
    errors: { 409: noSuchFault },
    async handle({ params: { market }, body: { kind: faultKind, times = 1 } }, deps) {
      if (isCallbackFault(faultKind)) {
        await setCallbackFault(deps.payments(market).context.sql, faultKind, times);
      } else {
        assertMarketHas(market, faultKind);
        await setRequestFault(deps.main, market, faultKind, times);
        await deps.refreshApplicationCache();
      }
      return readFaults(market, deps);
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/faults",
    summary: "Returns the faults that the next callbacks of a market and the next requests to it will have.",
    status: 200,
    response: faultsResponse,
    handle: ({ params: { market } }, deps) => readFaults(market, deps),
  }),
] as const;

const isCallbackFault = (text: string): text is CallbackFaultKind =>
  callbackFaultKinds.some((known) => known === text);

function assertMarketHas(market: Market, faultKind: string): void {
  const has = ({ requestFaults = [] }: (typeof protocols)[number]): boolean =>
    requestFaults.some(({ kind: known }) => known === faultKind);
  if (findMarketProtocols(market).some(has)) return;
  const others = protocols.filter(has).flatMap(({ markets }) => markets);
  throw new ApiError(409, `${noSuchFault} ${faultKind} is a fault of: ${others.join(", ")}.`);
}

async function readFaults(market: Market, { payments, main }: ControlDeps) {
  const [callbacks, requests] = await Promise.all([
    readCallbackFaults(payments(market).context.sql),
    readRequestFaults(main, market),
  ]);
  return { faults: [...callbacks, ...requests] };
}
