/** Which organisations take the payments that customers start. */
import type { Application } from "../../developers/applications.ts";
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";

const receivingKinds: ReadonlySet<string> = new Set(["paybill", "till", "store"]);

/** Why a call of C2B may not name this shortcode, as a sentence, or null if it may. */
export async function findReceiverProblem(
  { shortcodes }: Pick<Application, "shortcodes">,
  organisations: OrganisationDirectory,
  shortcode: string,
): Promise<string | null> {
  if (shortcodes !== null && !shortcodes.has(shortcode))
    return `The application may not act for ${shortcode}.`;
  const organisation = await organisations.find(shortcode);
  if (organisation === undefined) return `No organisation has the shortcode ${shortcode}.`;
  if (organisation.stkOnly) return `The shortcode ${shortcode} takes payments by STK push only.`;
  return receivingKinds.has(organisation.kind)
    ? null
    : `The shortcode ${shortcode} is neither a paybill nor a till.`;
}
