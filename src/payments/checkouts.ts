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
  type CheckoutRow,
} from "../store/rail/checkouts.ts";
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

export type NewCheckout = Omit<CheckoutRow, "expiresAt">;

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
  const checkout =
    id !== null
      ? await readCheckout(context.sql, id)
      : reference === null
        ? undefined
        : await readCheckoutByReference(context.sql, applicationId, reference);
  if (checkout?.applicationId !== applicationId) return undefined;
  if (reference !== null && checkout.reference !== reference) return undefined;
  return { checkout, payment: await readPaymentWithId(context, checkout.id) };
}

/** Whether a checkout can no longer be confirmed. */
export const isExpired = ({ clock }: Pick<RailContext, "clock">, { expiresAt }: CheckoutRow): boolean =>
  expiresAt.getTime() <= clock.now();

/**
 * Makes the payment of a checkout with `pay`, unless another confirmation has made it or is making it. Returns its outcome;
 * null if there is nothing to do.
 */
export async function confirmCheckout(
  context: RailContext,
  { checkout, payment }: NamedCheckout,
  pay: () => Promise<Outcome>,
): Promise<Outcome | null> {
  if (payment !== undefined || !(await claimCheckout(context.sql, checkout.id, confirmationLeaseMs)))
    return null;
  // The claim may be one whose lease has ended, of a server that made the payment and then stopped.
  return (await readPaymentWithId(context, checkout.id)) === undefined ? pay() : null;
}
