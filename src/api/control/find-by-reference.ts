/** Finds the payment that a caller's own reference names, whatever the protocol and the call. */
import type { Id } from "../../core/ids.ts";
import type { Market } from "../../core/markets.ts";
import { protocolScope, toReferenceKey } from "../../payments/idempotency-keys.ts";
import { findMarketProtocols } from "../../protocols/registry.ts";
import { findPaymentsByKeys } from "../../store/request-log/read-rows.ts";
import type { ControlDeps } from "./route.ts";

/** Keys that one search compares: those of the newest applications. */
const maxKeys = 20_000;

/** The newest payment with this reference; null if there is none. */
export async function findPaymentByReference(
  { applications, payments }: Pick<ControlDeps, "applications" | "payments">,
  market: Market,
  reference: string,
): Promise<Id | null> {
  const scopes = findMarketProtocols(market).flatMap(({ name, operations, products }) => {
    const names = [...operations, ...products].map((each) => each.name);
    return [...new Set([protocolScope, ...names])].map((scope) => [name, scope] as const);
  });
  const ids = (await applications.list()).map(({ id }) => id).toSorted((a, b) => Number(b - a));
  const keys = ids
    .slice(0, Math.floor(maxKeys / scopes.length))
    .flatMap((id) => scopes.map(([protocol, scope]) => toReferenceKey(id, protocol, scope, reference)));
  const paymentIds = await findPaymentsByKeys(payments(market).context.sql, keys);
  return paymentIds.reduce<Id | null>((newest, id) => (newest === null || id > newest ? id : newest), null);
}
