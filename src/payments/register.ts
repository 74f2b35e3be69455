/** Registers customers in a rail and creates their wallets. */
import { createAccounts, type PromptBehaviour } from "../store/rail/accounts.ts";
import { insertCustomers, type NewCustomerRow } from "../store/rail/customers.ts";
import type { RailContext } from "./payments.ts";

export type NewCustomer = NewCustomerRow & { readonly behaviour: PromptBehaviour };

/** Registers customers with empty wallets. Existing customers stay unchanged. Returns the MSISDNs of new customers. */
export async function registerCustomers(
  { sql }: RailContext,
  customers: readonly NewCustomer[],
): Promise<ReadonlySet<string>> {
  // Sorted, so that two servers that register the same customers do not deadlock.
  const sorted = [...customers].sort((a, b) => (a.msisdn < b.msisdn ? -1 : 1));
  return sql.begin(async (tx) => {
    const created = await insertCustomers(tx, sorted);
    await createAccounts(
      tx,
      sorted.map(({ msisdn, behaviour }) => ({ owner: msisdn, kind: "wallet", behaviour })),
    );
    return created;
  });
}
