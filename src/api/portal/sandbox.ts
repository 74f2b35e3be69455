/**
 * The sandbox as the portal shows it: its clock, snapshots, customers and faults.
 *
 * The routes are those of the control API, below `/sandbox`. They change what all developers of a server share, so they
 * are for the local tools.
 */
import { Type, type TSchema } from "typebox";
import { marketNames } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { findNextDue } from "../../sandbox/advance-clock.ts";
import { clockRoutes } from "../control/clock.ts";
import { customerRoutes } from "../control/customers.ts";
import { faultKind, faultRoutes, listFaultKinds } from "../control/faults.ts";
import type { Route, RouteMethod } from "../control/route.ts";
import { snapshotRoutes } from "../control/snapshots.ts";
import { assertLocalTools } from "./own-objects.ts";
import { defineRoute } from "./route.ts";

/** A route of the control API as one of the portal's. */
function forLocalTools<
  const Method extends RouteMethod,
  const Path extends string,
  Query extends TSchema | undefined,
  Body extends TSchema | undefined,
  Response extends TSchema | undefined,
>(route: Route<Method, Path, Query, Body, Response>) {
  return defineRoute<Method, `/sandbox${Path}`, Query, Body, Response>({
    ...route,
    path: `/sandbox${route.path}`,
    handle(request, context, reply) {
      assertLocalTools(context);
      return route.handle(request as never, context.deps.sandbox, reply);
    },
  });
}

const [readClock, freezeClock, advanceClock, abortAdvance] = clockRoutes;
const [takeSnapshot, listSnapshots, restoreSnapshot, removeSnapshot] = snapshotRoutes;
const [registerCustomers, listCustomers, readCustomer, changeCustomer, topUpCustomer] = customerRoutes;
const [setFault, listFaults] = faultRoutes;

export const sandboxRoutes = [
  forLocalTools(readClock),
  forLocalTools(freezeClock),
  forLocalTools(advanceClock),
  forLocalTools(abortAdvance),

  defineRoute({
    method: "GET",
    path: "/sandbox/clock/next",
    summary: "Returns when the next work of the sandbox is due: an expiry, a retry, a mandate.",
    status: 200,
    response: object({
      next: nullable(
        object({
          at: Type.String({ format: "date-time", description: "Business time." }),
          market: stringEnum(marketNames),
        }),
      ),
    }),
    async handle(_request, context) {
      assertLocalTools(context);
      const due = await findNextDue(context.deps.sandbox.clockDeps);
      return { next: due === null ? null : { at: new Date(due.at).toISOString(), market: due.market } };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/sandbox/faults",
    summary: "Lists the kinds of fault that the markets can have.",
    status: 200,
    response: object({
      faults: Type.Array(
        object({ kind: faultKind, description: Type.String(), markets: Type.Array(stringEnum(marketNames)) }),
      ),
    }),
    handle: async () => ({ faults: listFaultKinds() }),
  }),

  forLocalTools(takeSnapshot),
  forLocalTools(listSnapshots),
  forLocalTools(restoreSnapshot),
  forLocalTools(removeSnapshot),
  forLocalTools(registerCustomers),
  forLocalTools(listCustomers),
  forLocalTools(readCustomer),
  forLocalTools(changeCustomer),
  forLocalTools(topUpCustomer),
  forLocalTools(setFault),
  forLocalTools(listFaults),
] as const;
