/** What protocols may know of a rail's organisations. */
import type { RailContext } from "../payments/payments.ts";
import { readOrganisationProfile, type OrganisationKind } from "../store/rail/organisations.ts";
import { createC2bRegistry, type C2bRegistry } from "./c2b-registration.ts";

export interface KnownOrganisation {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly parent: string | null;
  readonly stkEnabled: boolean;
  readonly stkOnly: boolean;
}

export interface OrganisationDirectory extends C2bRegistry {
  find(shortcode: string): Promise<KnownOrganisation | undefined>;
}

export const createOrganisationDirectory = (context: RailContext): OrganisationDirectory => ({
  async find(shortcode) {
    const row = await readOrganisationProfile(context.sql, shortcode);
    return row === undefined ? undefined : { ...row, stkEnabled: row.stk };
  },
  ...createC2bRegistry(context),
});
