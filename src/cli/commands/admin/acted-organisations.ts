/** The organisations that an application acts for. */
import { marketNames } from "../../../core/markets.ts";
import { readOrganisation } from "../../../store/rail/organisations.ts";
import { CommandFailed, UsageError } from "../../terminal/exit-codes.ts";
import type { AdminContext } from "./context.ts";

/**
 * Checks that each organisation exists, so that a typing error does not create a key for an unknown shortcode.
 */
export async function resolveOrganisations(
  context: AdminContext,
  codes: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (codes === undefined && context.environment === "sandbox") return null;
  if (codes === undefined)
    throw new UsageError(
      "--shortcode is required for a live application: name the organisations it acts for.",
    );
  for (const code of codes) {
    const organisations = await Promise.all(
      marketNames.map((market) => readOrganisation(context.sql(market), code)),
    );
    if (organisations.every((organisation) => organisation === undefined)) {
      throw new CommandFailed(
        `No market has an organisation ${code} (${context.environment}). Create it with \`admin organisation create\`.`,
      );
    }
  }
  return [...new Set(codes)];
}
