/** Faults that a test switches on: the next callbacks are lost or sent twice, and the next requests fail. */
import { Type } from "typebox";
import { marketNames, type Market } from "../../core/markets.ts";
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

const callbackFaultTexts: Readonly<Record<CallbackFaultKind, string>> = {
  lose: "The callback is not sent, and its attempt has failed.",
  twice: "It is sent twice, with the same content.",
};

const requestFaultTexts = protocols.flatMap(({ title, requestFaults = [] }) =>
  requestFaults.map(({ kind, description }) => `\`${kind}\` (${title}): ${description}`),
);

export const faultKind = stringEnum([...callbackFaultKinds, ...requestFaultKinds], {
  description: [
    ...callbackFaultKinds.map((kind) => `\`${kind}\`: ${callbackFaultTexts[kind]}`),
    ...requestFaultTexts,
  ].join(" "),
});

const faultsResponse = object({
  faults: Type.Array(
    object({
      kind: faultKind,
      remaining: Type.Integer({
        description: "How many callbacks or requests it still applies to.",
        examples: [1],
      }),
    }),
  ),
});

/** Every kind of fault, with the markets that can have it. */
export const listFaultKinds = () => [
  ...callbackFaultKinds.map((kind) => ({
    kind,
    description: callbackFaultTexts[kind],
    markets: [...marketNames],
  })),
  ...protocols.flatMap(({ requestFaults = [], markets }) =>
    requestFaults.map(({ kind, description }) => ({
      kind,
      description,
      markets: [...markets],
    })),
  ),
];

const noSuchFault = "The protocols of this market do not have this fault.";

export const faultRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/faults",
    summary:
      "Loses the next callbacks of a market or sends them twice, or makes the next requests to it fail. `times` replaces what is left of an earlier request; 0 ends the fault. Callbacks that are pulled (`pesarail listen`) have no faults.",
    body: object(
      { kind: faultKind },
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
    async handle({ params: { market }, body: { kind, times = 1 } }, deps) {
      if (isCallbackFault(kind)) {
        await setCallbackFault(deps.payments(market).context.sql, kind, times);
      } else {
        assertMarketHas(market, kind);
        await setRequestFault(deps.main, market, kind, times);
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

function assertMarketHas(market: Market, wanted: string): void {
  const has = ({ requestFaults = [] }: (typeof protocols)[number]): boolean =>
    requestFaults.some(({ kind }) => kind === wanted);
  if (findMarketProtocols(market).some(has)) return;
  const others = protocols.filter(has).flatMap(({ markets }) => markets);
  throw new ApiError(409, `${noSuchFault} ${wanted} is a fault of: ${others.join(", ")}.`);
}

async function readFaults(market: Market, { payments, main }: ControlDeps) {
  const [callbacks, requests] = await Promise.all([
    readCallbackFaults(payments(market).context.sql),
    readRequestFaults(main, market),
  ]);
  return { faults: [...callbacks, ...requests] };
}
