/** Whether a command of B2B applies to two organisations. */
import type { KnownOrganisation, OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { businessCommands, type BusinessCommandId } from "./business-commands.ts";
import { findPayerRefusal } from "./payer-refusal.ts";

export interface CommandParties {
  readonly command: BusinessCommandId;
  /** Shortcodes; equal for a command within one organisation. */
  readonly payer: string;
  readonly receiver: string;
}

/** Why the command does not apply to these organisations, or null. Accounts and balances are checked later. */
export async function findCommandRefusal(
  organisations: OrganisationDirectory,
  parties: CommandParties,
): Promise<RecordedRefusal | null> {
  const payer = await organisations.find(parties.payer);
  const { from, receiver } = businessCommands[parties.command];
  const payerRefusal = findPayerRefusal(payer, from);
  if (payer === undefined || payerRefusal !== null) return payerRefusal;
  if ((receiver === "itself") !== (parties.payer === parties.receiver))
    return receiver === "itself" ? "receiver_invalid" : "same_party";
  if (parties.command === "BusinessTransferFromUtilityToMMF")
    return payer.utilityToWorkingAllowed ? null : "operation_not_allowed";
  if (receiver === "agency" && payer.kind !== "agency") return "organisation_product_missing";
  if (receiver === "itself" || receiver === "another") return null;
  const other = await organisations.find(parties.receiver);
  if (other === undefined) return "receiver_invalid";
  if (receiver === "agency") return other.kind === "agency" ? null : "receiver_invalid";
  const [top, otherTop] = await Promise.all([
    findHeadOffice(organisations, payer),
    findHeadOffice(organisations, other),
  ]);
  return top === otherTop ? null : "receiver_invalid";
}

/** The shortcode at the top of an organisation's hierarchy, which may be its own. */
async function findHeadOffice(
  organisations: OrganisationDirectory,
  { shortcode, parent }: KnownOrganisation,
): Promise<string> {
  if (parent === null) return shortcode;
  const above = await organisations.find(parent);
  return above === undefined ? parent : findHeadOffice(organisations, above);
}
