/** The registry: customers and organisations join a rail, and their accounts are opened. */
import { openAccounts, type StandingAnswer } from "../store/accounts.ts";
import { insertCustomers, insertOrganisations, type CustomerRow, type OrganisationRow } from "../store/people.ts";
import type { RailContext } from "./payments.ts";

export type NewCustomer = CustomerRow & { readonly answer: StandingAnswer };

/** Registers customers and opens their wallets, empty. Those who are registered stay as they are. */
export async function registerCustomers({ sql }: RailContext, customers: readonly NewCustomer[]): Promise<void> {
  // In order, so that two servers that register the same people do not wait for each other in a circle.
  const sorted = [...customers].sort((a, b) => (a.msisdn < b.msisdn ? -1 : 1));
  await sql.begin(async (tx) => {
    await insertCustomers(tx, sorted);
    await openAccounts(
      tx,
      sorted.map(({ msisdn, answer }) => ({ owner: msisdn, kind: "wallet", answer })),
    );
  });
}

const organisationKinds = ["working", "utility", "charges_paid"] as const;

/** Registers organisations and opens their three accounts, empty. */
export async function registerOrganisations(
  { sql }: RailContext,
  organisations: readonly OrganisationRow[],
): Promise<void> {
  const sorted = [...organisations].sort((a, b) => (a.shortcode < b.shortcode ? -1 : 1));
  await sql.begin(async (tx) => {
    await insertOrganisations(tx, sorted);
    await openAccounts(
      tx,
      sorted.flatMap(({ shortcode }) =>
        organisationKinds.map((kind) => ({ owner: shortcode, kind, answer: "ignore" as const })),
      ),
    );
  });
}
