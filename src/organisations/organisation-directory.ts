/**
 * What protocols may know of a rail's organisations, their API operators and its customers. No SQL and no row of the
 * database passes this interface.
 */
import type { RailContext } from "../payments/payments.ts";
import { readAccounts, readWallet, type AccountKind, type AccountStatus } from "../store/rail/accounts.ts";
import {
  readOrganisationProfile,
  updateOrganisationSettings,
  type OrganisationProfile,
  type OrganisationSettings,
} from "../store/rail/organisations.ts";
import { createPullRegistry, type PullRegistry } from "./pull-registry.ts";
import { createC2bRegistry, type C2bRegistry } from "./c2b-registration.ts";
import type { OfferedPassword, OperatorVerification, OperatorVerifier } from "./verify-operator.ts";

export type { OperatorVerification, OrganisationSettings };

/** An organisation with its settings. */
export type KnownOrganisation = OrganisationProfile;

export interface KnownCustomer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly status: AccountStatus;
  /** Whether the wallet takes payments for a small business. */
  readonly pochi: boolean;
}

/** An account of an organisation, with its balances. */
export interface KnownAccount {
  readonly kind: AccountKind;
  readonly status: AccountStatus;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
}

export interface OrganisationDirectory extends C2bRegistry, PullRegistry {
  /** The accounts of an organisation; none if it does not exist. */
  listAccounts(shortcode: string): Promise<readonly KnownAccount[]>;
  /** Undefined if there is no organisation with this shortcode. */
  find(shortcode: string): Promise<KnownOrganisation | undefined>;
  /** Undefined if no customer has this MSISDN. */
  findCustomer(msisdn: string): Promise<KnownCustomer | undefined>;
  /**
   * Checks the password of an organisation's API operator. Each call with a wrong one counts towards the lock of the
   * operator, so call it once for each request.
   */
  verifyOperator(
    shortcode: string,
    username: string,
    password: OfferedPassword,
  ): Promise<OperatorVerification>;
  /** Changes the given settings. Returns false if there is no such organisation. */
  changeSettings(shortcode: string, change: Partial<OrganisationSettings>): Promise<boolean>;
}

export interface OrganisationDirectoryDeps {
  /** The rail's database and business clock. */
  readonly context: RailContext;
  readonly verifyOperator: OperatorVerifier;
}

export const createOrganisationDirectory = ({
  context,
  verifyOperator,
}: OrganisationDirectoryDeps): OrganisationDirectory => ({
  ...createC2bRegistry(context),
  ...createPullRegistry(context),
  listAccounts: (shortcode) => readAccounts(context.sql, shortcode),
  find: (shortcode) => readOrganisationProfile(context.sql, shortcode),
  async findCustomer(number) {
    const wallet = await readWallet(context.sql, number);
    if (wallet === undefined) return undefined;
    const { msisdn, firstName, lastName, status, pochi } = wallet;
    return { msisdn, firstName, lastName, status, pochi };
  },
  verifyOperator,
  changeSettings: (shortcode, change) => updateOrganisationSettings(context.sql, shortcode, change),
});
