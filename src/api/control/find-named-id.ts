/** What a name in a path or a filter names: a payment or a request, by any of its ids. */
import type { Id } from "../../core/ids.ts";
import type { Market } from "../../core/markets.ts";
import { readNamedPayment } from "../../payments/queries.ts";
import { findMarketProtocols } from "../../protocols/registry.ts";
import type { ControlDeps } from "./route.ts";

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
