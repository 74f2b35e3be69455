/** Registers customers and organisations in a rail and creates their accounts. */
import { createAccounts, type PromptBehaviour } from "../store/rail/accounts.ts";
import { insertCustomers, type CustomerRow } from "../store/rail/customers.ts";
import { insertOrganisations, type OrganisationRow } from "../store/rail/organisations.ts";
import type { RailContext } from "./payments.ts";

export type NewCustomer = CustomerRow & { readonly behaviour: PromptBehaviour };

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

const organisationAccountKinds = ["working", "utility", "charges_paid"] as const;

/** Registers organisations with three empty accounts each. Returns the new shortcodes. */
export async function registerOrganisations(
  { sql }: RailContext,
  organisations: readonly OrganisationRow[],
): Promise<ReadonlySet<string>> {
  const sorted = [...organisations].sort((a, b) => (a.shortcode < b.shortcode ? -1 : 1));
  return sql.begin(async (tx) => {
    const created = await insertOrganisations(tx, sorted);
    await createAccounts(
      tx,
      sorted.flatMap(({ shortcode }) =>
        organisationAccountKinds.map((kind) => ({ owner: shortcode, kind, behaviour: "ignore" as const })),
      ),
    );
    return created;
  });
}
