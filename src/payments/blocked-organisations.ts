/**
 * The organisations that a customer has blocked: a list of shortcodes in the wallet's row, `000000 171717`.
 *
 * A blocked organisation can neither collect from the customer nor ask for a mandate nor use one. The list is in the row
 * that all of these lock, so a block applies to every request that is decided after it, on any server.
 */

/** So that the row stays small. */
export const maxBlockedOrganisations = 50;

export const parseBlockedOrganisations = (text: string): string[] => (text === "" ? [] : text.split(" "));

export function isBlocked(blockedOrganisations: string, shortcode: string): boolean {
  return blockedOrganisations !== "" && parseBlockedOrganisations(blockedOrganisations).includes(shortcode);
}

/** Returns the list with the shortcode, or null if it is full. */
export function addBlockedOrganisation(blockedOrganisations: string, shortcode: string): string | null {
  const blocked = new Set(parseBlockedOrganisations(blockedOrganisations)).add(shortcode);
  return blocked.size > maxBlockedOrganisations ? null : [...blocked].sort().join(" ");
}

export const removeBlockedOrganisation = (blockedOrganisations: string, shortcode: string): string =>
  parseBlockedOrganisations(blockedOrganisations)
    .filter((blocked) => blocked !== shortcode)
    .join(" ");
