/** Options that name an organisation of a market. */
import type { Command } from "commander";
import type { Market } from "../../../core/markets.ts";
import { readOrganisationProfile, type OrganisationProfile } from "../../../store/rail/organisations.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { addAdminOptions, type AdminContext, type AdminOptions } from "./context.ts";

export type InMarket = AdminOptions & { readonly market: Market };

export type OfOrganisation = InMarket & { readonly shortcode: string };

export const addMarketOption = (command: Command): Command =>
  addAdminOptions(command).addOption(createMarketOption("the market").makeOptionMandatory());

export const addShortcodeOption = (command: Command): Command =>
  addMarketOption(command).requiredOption(
    "--shortcode <code>",
    "4 to 12 letters and digits",
    parse.shortcode,
  );

/** Throws `CommandFailed` if the market has no organisation with this shortcode. */
export async function getOrganisation(
  context: AdminContext,
  { market, shortcode }: OfOrganisation,
): Promise<OrganisationProfile> {
  const organisation = await readOrganisationProfile(context.sql(market), shortcode);
  if (organisation !== undefined) return organisation;
  throw new CommandFailed(`${market} has no organisation ${shortcode} (${context.environment}).`);
}
