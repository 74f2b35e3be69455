/** A customer cancels a mandate on their own handset, without a request from an application. */
import type { Id } from "../../core/ids.ts";
import type { MandateRow } from "../../store/rail/mandates.ts";
import { toInternalKey } from "../idempotency-keys.ts";
import { refuse, type Decision, type LockedState, type Outcome } from "../instruction.ts";
import type { Payments } from "../payments.ts";

export interface CustomerCancellation {
  readonly id: Id;
  readonly msisdn: string;
  readonly mandate: Pick<MandateRow, "id" | "organisation" | "reference">;
}

export function cancelAsCustomer(payments: Payments, cancellation: CustomerCancellation): Promise<Outcome> {
  const { id, msisdn, mandate } = cancellation;
  return payments.batcher.post({
    id,
    type: "mandate_cancel",
    referenceKey: toInternalKey(id),
    accounts: [{ kind: "wallet", owner: msisdn }],
    creditOnlyAccounts: [],
    originalId: null,
    mandate: {
      organisation: mandate.organisation,
      reference: mandate.reference,
      msisdn,
      mandateId: mandate.id,
      applicationId: null,
    },
    sessionUsageKey: null,
    customerCounter: null,
    record: {
      organisation: mandate.organisation,
      counterparty: msisdn,
      applicationId: null,
      reference: id.toString(),
      customerReference: mandate.reference,
      description: "Cancelled by its customer on their handset",
      amountMinor: 0n,
      originalId: null,
    },
    origin: null,
    decide: (state) => decideCustomerCancellation(cancellation, state),
  });
}

function decideCustomerCancellation(
  { msisdn, mandate }: CustomerCancellation,
  { mandates }: LockedState,
): Decision {
  const target = mandates.find(({ id }) => id === mandate.id);
  if (target === undefined) return refuse("mandate_unknown");
  if (target.msisdn !== msisdn) return refuse("mandate_mismatch");
  if (target.cancelledAt !== null) return refuse("mandate_not_active");
  return { outcome: "completed", cancelMandateId: target.id };
}
