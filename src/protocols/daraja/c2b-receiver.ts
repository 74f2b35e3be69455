/** The error of a call of C2B that names an organisation which takes no payments that customers start. */
import { findReceiverProblem as findProblem } from "../g2/c2b-receiver.ts";
import { families, type DarajaError } from "./families.ts";
import type { DarajaCall } from "./operation.ts";

/** Why a call of C2B may not name this shortcode, or null if it may. */
export async function findReceiverProblem(
  { application, organisations }: Pick<DarajaCall, "application" | "organisations">,
  shortcode: string,
): Promise<{ readonly error: DarajaError; readonly reason: string } | null> {
  const reason = await findProblem(application, organisations, shortcode);
  return reason === null ? null : { error: families.business.invalidField("ShortCode"), reason };
}
