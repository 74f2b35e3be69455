/** The organisations that pull their transactions. */
import type { RailContext } from "../payments/payments.ts";
import {
  hasPullRegistration,
  insertPullRegistration,
  type PullRegistration,
} from "../store/rail/pull-registrations.ts";

export type { PullRegistration };

export interface PullRegistry {
  /** Registers an organisation that exists. Returns false if it was registered before. */
  registerPull(registration: PullRegistration): Promise<boolean>;
  isPullRegistered(shortcode: string): Promise<boolean>;
}

export const createPullRegistry = ({ sql, clock }: Pick<RailContext, "sql" | "clock">): PullRegistry => ({
  registerPull: (registration) => insertPullRegistration(sql, registration, clock.now()),
  isPullRegistered: (shortcode) => hasPullRegistration(sql, shortcode),
});
