/** Whether an organisation may pay by a call. */
import { accountKindsByOrganisation } from "../../organisations/kinds.ts";
import type { KnownOrganisation } from "../../organisations/organisation-directory.ts";
import type { OrganisationAccount } from "../../payments/instruction.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";

/**
 * Why an organisation may not pay from this kind of account, or null. One that does not exist is found later, and its
 * balance too.
 */
export function findPayerRefusal(
  payer: KnownOrganisation | undefined,
  from: OrganisationAccount,
): RecordedRefusal | null {
  if (payer === undefined) return null;
  if (payer.stkOnly) return "organisation_product_missing";
  const kinds: readonly string[] = accountKindsByOrganisation[payer.kind];
  return kinds.includes(from) ? null : "organisation_product_missing";
}
