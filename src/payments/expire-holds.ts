/** Expires holds and prompts. Several servers may do so at the same time: each hold expires once. */
import type { ClockEvent, ClockDrivenJob } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { readExpiredHolds, readNextHoldExpiry } from "../store/rail/holds.ts";
import { readPayments } from "../store/rail/payments.ts";
import { decideHoldExpiry } from "./rules/complete-hold.ts";
import { platformInstruction, type Payments } from "./payments.ts";

const maxBatchSize = 500;

/** Closes all holds that have expired (business time). Returns the ids of their payments. */
export async function expireHolds({ context, batcher }: Payments, newId: () => Id): Promise<Id[]> {
  const ended: Id[] = [];
  for (;;) {
    const expired = await readExpiredHolds(context.sql, context.clock.now(), maxBatchSize);
    const outcomes = await Promise.all(
      expired.map((paymentId) =>
        batcher.post({ ...platformInstruction(newId(), paymentId), decide: decideHoldExpiry }),
      ),
    );
    ended.push(...expired.filter((_, index) => outcomes[index]?.refusal === null));
    if (expired.length < maxBatchSize) return ended;
  }
}

/** The same, as a job of the sandbox clock. */
export function createExpiryWork(payments: Payments, newId: () => Id): ClockDrivenJob {
  const { context } = payments;
  return {
    nextAt: (until) => readNextHoldExpiry(context.sql, until),
    async run() {
      const ended = await readPayments(context.sql, await expireHolds(payments, newId));
      return ended.map((payment): ClockEvent => {
        return {
          at: payment.endedAt?.getTime() ?? context.clock.now(),
          market: context.rail.market,
          subject: context.publicIds.receipt(payment.id),
          ...describeExpiry(payment.refusal),
        };
      });
    },
  };
}

function describeExpiry(refusal: string | null): Pick<ClockEvent, "type" | "message"> {
  if (refusal === "prompt_expired")
    return { type: "prompt_expired", message: "The customer did not answer in time. No money was taken." };
  if (refusal === "prompt_undelivered")
    return { type: "prompt_expired", message: "The prompt did not reach the customer's phone in time." };
  return {
    type: "hold_expired",
    message:
      "The organisation did not commit or release the held money in time. It was released to the customer.",
  };
}
