/**
 * Checkouts: a merchant's program announces a payment, and the customer is asked when it confirms. The payment has the id of
 * its checkout, so that a checkout pays once, however often and on how many servers it is confirmed.
 */
import { msPerMinute, msPerSecond } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import {
  claimCheckout,
  insertCheckout,
  readCheckout,
  readCheckoutByReference,
  releaseCheckout,
  type CheckoutRow,
} from "../store/rail/checkouts.ts";
import { DatabaseUnavailable } from "./engine/database-unavailable.ts";
import type { Outcome } from "./instruction.ts";
import type { RailContext, PaymentRow } from "./payments.ts";
import { readPaymentWithId } from "./queries.ts";

export type { CheckoutRow };

/** How long a checkout waits for its confirmation, in milliseconds of business time. */
export const checkoutLifeMs = 10 * msPerMinute;

/** How many unconfirmed checkouts an application may have. */
export const maxOpenCheckouts = 1_000;

/** Longer than a batch of payments is retried. */
const confirmationLeaseMs = 30 * msPerSecond;

export type NewCheckout = Omit<CheckoutRow, "expiresAt" | "isClaimed">;

/** Why a checkout was not stored. */
export type CheckoutConflict = "duplicate" | "too_many";

/** Null if it was stored. */
export async function createCheckout(
  { sql, clock }: RailContext,
  checkout: NewCheckout,
): Promise<CheckoutConflict | null> {
  const now = clock.now();
  const row = { ...checkout, expiresAt: new Date(now + checkoutLifeMs) };
  if (await insertCheckout(sql, row, { maxOpen: maxOpenCheckouts, now })) return null;
  const { applicationId, reference } = checkout;
  const existing = await readCheckoutByReference(sql, applicationId, reference);
  return existing === undefined ? "too_many" : "duplicate";
}

/** A checkout with its payment, if it was confirmed. */
export interface NamedCheckout {
  readonly checkout: CheckoutRow;
  readonly payment: PaymentRow | undefined;
  /** Whether it can no longer be paid: it was not confirmed in time, and no confirmation is under way. */
  readonly isExpired: boolean;
}

/** How a caller names one of its checkouts: by its id, by its own reference, or by both. */
export interface CheckoutName {
  readonly id: Id | null;
  readonly reference: string | null;
}

/** Undefined if the application has none of this name, or the two names are of different checkouts. */
export async function findCheckout(
  context: RailContext,
  applicationId: bigint,
  { id, reference }: CheckoutName,
): Promise<NamedCheckout | undefined> {
  // Before the checkout is read: one that has expired by then and is not claimed can never be claimed.
  const now = context.clock.now();
  const checkout =
    id !== null
      ? await readCheckout(context.sql, id)
      : reference === null
        ? undefined
        : await readCheckoutByReference(context.sql, applicationId, reference);
  if (checkout?.applicationId !== applicationId) return undefined;
  if (reference !== null && checkout.reference !== reference) return undefined;
  const payment = await readPaymentWithId(context, checkout.id);
  const isExpired = payment === undefined && !checkout.isClaimed && checkout.expiresAt.getTime() <= now;
  return { checkout, payment, isExpired };
}

/** Why a confirmation made no payment: there is one, or another confirmation is making it, or it is too late. */
export type UnneededConfirmation = "confirmed" | "in_progress" | "expired";

/** Makes the payment of a checkout with `pay`, unless another confirmation has made it or is making it. */
export async function confirmCheckout(
  context: RailContext,
  { checkout, payment }: NamedCheckout,
  pay: () => Promise<Outcome>,
): Promise<Outcome | UnneededConfirmation> {
  if (payment !== undefined) return "confirmed";
  const { sql, clock } = context;
  const claim = await claimCheckout(sql, checkout.id, { leaseMs: confirmationLeaseMs, now: clock.now() });
  if (claim === null) return explainRefusedClaim(context, checkout);
  // The claim may be one whose lease has ended, of a server that made the payment and then stopped.
  if ((await readPaymentWithId(context, checkout.id)) !== undefined) return "confirmed";
  try {
    return await pay();
  } catch (error) {
    // Nothing was paid, so the caller can confirm again at once. If the release fails, the lease ends by itself.
    if (error instanceof DatabaseUnavailable && !error.mayHaveCommitted)
      await releaseCheckout(sql, checkout.id, claim).catch(() => undefined);
    throw error;
  }
}

async function explainRefusedClaim(
  context: RailContext,
  { id, applicationId }: CheckoutRow,
): Promise<UnneededConfirmation> {
  const named = await findCheckout(context, applicationId, { id, reference: null });
  if (named?.payment !== undefined) return "confirmed";
  return named === undefined || named.isExpired ? "expired" : "in_progress";
}
