/** The URLs that organisations register for the payments that customers start. */
import type { RailContext } from "../payments/payments.ts";
import { insertC2bUrls, readC2bUrls, type C2bUrls, type ResponseType } from "../store/rail/c2b-urls.ts";

export type { C2bUrls, ResponseType };

export interface C2bRegistry {
  /**
   * Stores the URLs of an organisation that exists. The sandbox replaces earlier ones; in live they are registered once.
   * Returns false if they were registered before.
   */
  registerC2bUrls(urls: C2bUrls): Promise<boolean>;
  /** Undefined if the organisation has registered none. */
  findC2bUrls(shortcode: string): Promise<C2bUrls | undefined>;
}

export const createC2bRegistry = ({
  sql,
  clock,
  rail,
}: Pick<RailContext, "sql" | "clock" | "rail">): C2bRegistry => ({
  registerC2bUrls: (urls) =>
    insertC2bUrls(sql, urls, clock.now(), { replace: rail.environment === "sandbox" }),
  findC2bUrls: (shortcode) => readC2bUrls(sql, shortcode),
});
