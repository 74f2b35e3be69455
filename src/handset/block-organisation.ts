/**
 * Blocks and unblocks an organisation for a customer.
 *
 * The wallet's row is locked, so every request of the organisation is decided before or after the block. Its open
 * prompts are declined afterwards. If the server stops in between, they stay on the screen, but an approval is refused.
 */
import {
  addBlockedOrganisation,
  parseBlockedOrganisations,
  removeBlockedOrganisation,
} from "../payments/blocked-organisations.ts";
import {
  lockBlockedOrganisations,
  readOpenPromptsFrom,
  readOrganisationNames,
  setBlockedOrganisations,
} from "../store/rail/blocked-organisations.ts";
import type { HandsetContext } from "./answer-prompt.ts";
import type { BlockResult, Party } from "./handset-api.ts";

export async function blockOrganisation(
  { sql, payments, newId }: HandsetContext,
  msisdn: string,
  shortcode: string,
): Promise<BlockResult> {
  const name = (await readOrganisationNames(sql, [shortcode])).get(shortcode);
  if (name === undefined) return { outcome: "organisation_unknown" };
  const outcome = await sql.begin(async (tx) => {
    const blocked = await lockBlockedOrganisations(tx, msisdn);
    if (blocked === undefined) return "no_handset";
    const changed = addBlockedOrganisation(blocked, shortcode);
    if (changed === null) return "too_many_blocked";
    await setBlockedOrganisations(tx, msisdn, changed);
    return "accepted";
  });
  if (outcome !== "accepted") return { outcome };
  for (const paymentId of await readOpenPromptsFrom(sql, msisdn, shortcode))
    await payments.answerPrompt({ id: newId(), paymentId, reply: "decline" });
  return { outcome, organisation: { shortcode, name } };
}

/** Also accepted if the organisation is not blocked, because a request may be repeated. */
export async function unblockOrganisation(
  { sql }: HandsetContext,
  msisdn: string,
  shortcode: string,
): Promise<BlockResult> {
  const outcome = await sql.begin(async (tx) => {
    const blocked = await lockBlockedOrganisations(tx, msisdn);
    if (blocked === undefined) return "no_handset";
    await setBlockedOrganisations(tx, msisdn, removeBlockedOrganisation(blocked, shortcode));
    return "accepted";
  });
  if (outcome !== "accepted") return { outcome };
  const names = await readOrganisationNames(sql, [shortcode]);
  return { outcome, organisation: { shortcode, name: names.get(shortcode) ?? shortcode } };
}

/** The blocked organisations with their names, by shortcode. */
export async function readBlockedParties(
  { sql }: Pick<HandsetContext, "sql">,
  blockedOrganisations: string,
): Promise<Party[]> {
  const shortcodes = parseBlockedOrganisations(blockedOrganisations);
  const names = await readOrganisationNames(sql, shortcodes);
  return shortcodes.map((shortcode) => ({ shortcode, name: names.get(shortcode) ?? shortcode }));
}
