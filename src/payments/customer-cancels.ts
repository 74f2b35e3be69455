/** A mandate's customer ends it on their handset: a cancellation that no application asked for. */
import type { Id } from "../ids.ts";
import type { MandateRow } from "../store/mandates.ts";
import { ownKey } from "./keys.ts";
import { refused, type Decision, type Facts, type Outcome } from "./order.ts";
import type { Payments } from "./payments.ts";

export interface OwnCancellation {
  readonly id: Id;
  readonly msisdn: string;
  readonly mandate: Pick<MandateRow, "id" | "organisation" | "reference">;
}

export function cancelAsCustomer(payments: Payments, cancellation: OwnCancellation): Promise<Outcome> {
  const { id, msisdn, mandate } = cancellation;
  return payments.lanes.post({
    id,
    use: "mandate_cancel",
    referenceKey: ownKey(id),
    accounts: [{ kind: "wallet", owner: msisdn }],
    credits: [],
    originalId: null,
    mandate: { organisation: mandate.organisation, reference: mandate.reference, mandateId: mandate.id },
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
    listener: null,
    decide: (facts) => decideOwnCancellation(cancellation, facts),
  });
}

function decideOwnCancellation({ msisdn, mandate }: OwnCancellation, { mandates }: Facts): Decision {
  const meant = mandates.find(({ id }) => id === mandate.id);
  if (meant === undefined) return refused("mandate_unknown");
  if (meant.msisdn !== msisdn) return refused("mandate_mismatch");
  if (meant.cancelledAt !== null) return refused("mandate_not_active");
  return { outcome: "completed", cancelsMandate: meant.id };
}
