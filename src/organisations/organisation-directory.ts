/** What protocols may know of a rail's organisations and customers. */
import type { AccountKind, AccountStatus } from "../store/rail/accounts.ts";
import { readAccounts } from "../store/rail/accounts.ts";
import { readCustomer } from "../store/rail/customers.ts";
import { readOrganisation, type OrganisationKind } from "../store/rail/organisations.ts";
import type { Sql } from "../store/driver/connect.ts";

export interface KnownOrganisation {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly parent: string | null;
  readonly stkEnabled: boolean;
}

/** An account of an organisation, with its balances. */
export interface KnownAccount {
  readonly kind: AccountKind;
  readonly status: AccountStatus;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
}

export interface KnownCustomer {
  readonly firstName: string;
  readonly lastName: string;
}

export interface OrganisationDirectory {
  find(shortcode: string): Promise<KnownOrganisation | undefined>;
  /** The accounts of an organisation; none if it does not exist. */
  listAccounts(shortcode: string): Promise<readonly KnownAccount[]>;
  findCustomer(msisdn: string): Promise<KnownCustomer | undefined>;
}

export const createOrganisationDirectory = (sql: Sql): OrganisationDirectory => ({
  async find(shortcode) {
    const row = await readOrganisation(sql, shortcode);
    return row === undefined ? undefined : { ...row, stkEnabled: true };
  },
  listAccounts: (shortcode) => readAccounts(sql, shortcode),
  findCustomer: (msisdn) => readCustomer(sql, msisdn),
});
