/** Organisations as the receivers of payments that customers start, and the URLs that they registered for them. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp } from "../driver/array-columns.ts";
import type { OrganisationKind } from "./organisations.ts";

/** What becomes of a payment if the organisation's server does not answer its validation. */
export type ResponseType = "completed" | "cancelled";

export interface C2bUrls {
  readonly shortcode: string;
  readonly protocol: string;
  /** The protocol's version of the registration. */
  readonly version: string;
  readonly responseType: ResponseType;
  readonly confirmationUrl: string;
  /** Null if the organisation does not validate payments. */
  readonly validationUrl: string | null;
  /** The application that registered them. */
  readonly applicationId: bigint;
}

const columns = (sql: Sql | Transaction) => sql`
  shortcode, protocol, version, response_type as "responseType", confirmation_url as "confirmationUrl",
  validation_url as "validationUrl", application_id as "applicationId"`;

export async function readC2bUrls(sql: Sql, shortcode: string): Promise<C2bUrls | undefined> {
  const rows = await sql<C2bUrls[]>`select ${columns(sql)} from c2b_urls where shortcode = ${shortcode}`;
  return rows[0];
}

/** An organisation that a customer may pay. */
export interface MerchantRow {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  /** Whether it takes payments by prompt alone. */
  readonly stkOnly: boolean;
  /** Whether its server is asked, if it has registered a URL for that. */
  readonly isValidationEnabled: boolean;
  /** Null if it has registered none. */
  readonly urls: C2bUrls | null;
}

export async function readMerchant(sql: Sql, shortcode: string): Promise<MerchantRow | undefined> {
  const [organisations, urls] = await Promise.all([
    sql<Omit<MerchantRow, "urls">[]>`
      select shortcode, name, kind, stk_only as "stkOnly", external_validation as "isValidationEnabled"
      from organisations where shortcode = ${shortcode}`,
    readC2bUrls(sql, shortcode),
  ]);
  const [organisation] = organisations;
  return organisation === undefined ? undefined : { ...organisation, urls: urls ?? null };
}

/**
 * Stores a registration. One that exists is replaced only if `replace` is true. Returns whether it was stored. The
 * organisation must exist. `at` is business time.
 */
export async function insertC2bUrls(
  sql: Sql,
  urls: C2bUrls,
  at: number,
  { replace }: { readonly replace: boolean },
): Promise<boolean> {
  const { count } = await sql`
    insert into c2b_urls (shortcode, protocol, version, response_type, confirmation_url, validation_url,
                          application_id, registered_at)
    values (${urls.shortcode}, ${urls.protocol}, ${urls.version}, ${urls.responseType}, ${urls.confirmationUrl},
            ${urls.validationUrl}, ${urls.applicationId}, ${toTimestamp(at)})
    on conflict (shortcode) do update
    set protocol = excluded.protocol, version = excluded.version, response_type = excluded.response_type,
        confirmation_url = excluded.confirmation_url, validation_url = excluded.validation_url,
        application_id = excluded.application_id, registered_at = excluded.registered_at
    where ${replace}`;
  return count > 0;
}

/** Removes a registration, so that the organisation can register again. */
export async function deleteC2bUrls(sql: Sql, shortcode: string): Promise<void> {
  await sql`delete from c2b_urls where shortcode = ${shortcode}`;
}
