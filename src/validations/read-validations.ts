/** Reads what a validation says: the payment and its parties. */
import type { Id } from "../core/ids.ts";
import type { Rail } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPaymentParties } from "../store/rail/payment-parties.ts";
import { readPayments } from "../store/rail/payments.ts";
import type { Validation } from "./validation-format.ts";

/** By payment. A payment that does not exist any more is left out. */
export async function readValidations(
  sql: Sql,
  rail: Rail,
  ids: readonly Id[],
): Promise<Map<Id, Validation>> {
  const [payments, parties] = await Promise.all([readPayments(sql, ids), readPaymentParties(sql, ids)]);
  return new Map(
    payments.flatMap((payment) => {
      const own = parties.get(payment.id);
      return own === undefined ? [] : [[payment.id, { rail, payment, parties: own }] as const];
    }),
  );
}
