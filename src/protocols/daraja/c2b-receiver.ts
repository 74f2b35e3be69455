/** Which organisations take the payments that customers start. */
import { families, type DarajaError } from "./families.ts";
import type { DarajaCall } from "./operation.ts";

const receivingKinds: ReadonlySet<string> = new Set(["paybill", "till", "store"]);

/** Why a call of C2B may not name this shortcode, or null if it may. */
export async function findReceiverProblem(
  { application, organisations }: Pick<DarajaCall, "application" | "organisations">,
  shortcode: string,
): Promise<{ readonly error: DarajaError; readonly reason: string } | null> {
  const refuse = (reason: string) => ({ error: families.business.invalidField("ShortCode"), reason });
  const { shortcodes } = application;
  if (shortcodes !== null && !shortcodes.has(shortcode))
    return refuse(`The application may not act for ${shortcode}.`);
  const organisation = await organisations.find(shortcode);
  if (organisation === undefined) return refuse(`No organisation has the shortcode ${shortcode}.`);
  if (organisation.stkOnly) return refuse(`The shortcode ${shortcode} takes payments by STK push only.`);
  if (!receivingKinds.has(organisation.kind))
    return refuse(`The shortcode ${shortcode} is neither a paybill nor a till.`);
  return null;
}
