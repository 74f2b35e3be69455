/** An organisation of the seed data. */
import type { NewOrganisation } from "../organisations/register-organisations.ts";
import type { AccountKind } from "../store/rail/accounts.ts";

export interface SeedOrganisation extends NewOrganisation {
  /** Opening balances in the market's currency, as decimal text. */
  readonly balances: Partial<Record<AccountKind, string>>;
  /** The handset that gets an SMS for each payment to the organisation. */
  readonly phone?: string;
}
