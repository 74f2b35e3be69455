/** What a name in a path or a filter names: a payment or a request, by any of its ids. */
import type { Id } from "../../core/ids.ts";
import type { Market } from "../../core/markets.ts";
import { readNamedPayment } from "../../payments/queries.ts";
import { findMarketProtocols } from "../../protocols/registry.ts";
import { findPaymentByReference } from "./find-by-reference.ts";
import type { ControlDeps } from "./route.ts";

/** A payment or request by any of its ids (see `findNamedId`), or by the caller's own reference. */
export async function findNamedPaymentId(
  deps: Pick<ControlDeps, "applications" | "payments" | "publicIds">,
  market: Market,
  name: string,
): Promise<Id | null> {
  return (await findNamedId(deps, market, name)) ?? findPaymentByReference(deps, market, name);
}

/** A public id, the receipt of a payment, or an id of one of the market's protocols. Null if the name is none. */
export async function findNamedId(
  { publicIds, payments }: Pick<ControlDeps, "publicIds" | "payments">,
  market: Market | null,
  name: string,
): Promise<Id | null> {
  const id = publicIds.decode(name);
  if (id !== null || market === null) return id;
  const { context } = payments(market);
  const payment = await readNamedPayment(context, name);
  if (payment !== undefined) return payment.id;
  for (const { findPaymentId } of findMarketProtocols(market)) {
    const protocolsOwn = (await findPaymentId?.(context, name)) ?? null;
    if (protocolsOwn !== null) return protocolsOwn;
  }
  return null;
}
