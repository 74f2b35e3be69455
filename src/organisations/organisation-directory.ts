/** What protocols may know of a rail's organisations. */
import { readOrganisation, type OrganisationKind } from "../store/rail/organisations.ts";
import type { Sql } from "../store/driver/connect.ts";

export interface KnownOrganisation {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly parent: string | null;
  readonly stkEnabled: boolean;
}

export interface OrganisationDirectory {
  find(shortcode: string): Promise<KnownOrganisation | undefined>;
}

export const createOrganisationDirectory = (sql: Sql): OrganisationDirectory => ({
  async find(shortcode) {
    const row = await readOrganisation(sql, shortcode);
    return row === undefined ? undefined : { ...row, stkEnabled: true };
  },
});
