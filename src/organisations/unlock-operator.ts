/** How people unlock an API operator that three wrong passwords have locked. */
import type { Rail } from "../core/rails.ts";

export interface LockedOperator {
  readonly rail: Pick<Rail, "environment" | "market">;
  readonly shortcode: string;
  readonly username: string;
}

/** A sentence with the command. */
export function describeUnlock({
  rail: { environment, market },
  shortcode,
  username,
}: LockedOperator): string {
  const where = environment === "live" ? "" : ` --environment ${environment}`;
  return `Unlock it with: pesarail admin operator unlock ${username} --market ${market} --shortcode ${shortcode}${where}`;
}
