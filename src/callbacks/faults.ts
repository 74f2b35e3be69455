/** Faults that a test asks for in a sandbox: a callback that is lost on its way, or that arrives twice. */
import type { CallbackFaultKind } from "../store/rail/callback-faults.ts";
import type { ClaimedDelivery } from "../store/rail/deliveries.ts";
import { deliverOnce, toUnsentAttempt, type AttemptResult, type DeliverDeps } from "./deliver.ts";
import type { Notification } from "./notification.ts";

const lostMessage = "It was lost on its way, as a test asked (faults).";

/**
 * Sends one message with a fault, or without one. A lost message is a failed attempt of its schedule that says nothing of
 * the listener. A message that is sent twice has its usual outcome, and a second attempt with the same content.
 */
export async function deliverWithFault(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  message: Notification,
  { fault, signal }: { readonly fault: CallbackFaultKind | null; readonly signal: AbortSignal },
): Promise<AttemptResult | null> {
  if (fault === "lose") return toUnsentAttempt(deps, delivery, message, lostMessage);
  const result = await deliverOnce(deps, delivery, message, signal);
  if (fault !== "twice" || result === null) return result;
  const repeated = await deliverOnce(deps, { ...delivery, attempts: delivery.attempts + 1 }, message, signal);
  return { ...result, repetition: repeated?.attempt ?? null };
}
