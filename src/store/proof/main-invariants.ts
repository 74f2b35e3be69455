/** The invariants of the main schema, and the sets of rows that they cover. */
import type { Invariant } from "./invariant.ts";

export const mainPopulations: Readonly<Record<string, string>> = {
  applications: "select count(*) from applications",
  credentials: "select count(*) from credentials",
  "access tokens": "select count(*) from access_tokens",
};

/** The invariants of the main schema. */
export const mainInvariants: readonly Invariant[] = [
  {
    name: "applications_have_developers",
    description:
      "Every application has a developer, and a live application lists the organisations that it may act for.",
    over: "applications",
    offenders: `
      select a.id as application, a.environment, a.developer_id as developer
      from applications a left join developers d on d.id = a.developer_id
      where d.id is null or (a.environment = 'live' and a.shortcodes is null)`,
  },
  {
    name: "applications_have_credentials",
    description:
      "Every application that is not revoked has an active credential, and no credential ends before it begins.",
    over: "credentials",
    offenders: `
      select a.id as application, null::bigint as credential from applications a
      where a.revoked_at is null
        and not exists (select 1 from credentials c where c.application_id = a.id and c.state = 'active' and c.protocol is not null)
      union all
      select c.application_id, c.id from credentials c
      where c.ended_at < c.created_at or (c.state = 'inactive') <> (c.ended_at is not null)`,
  },
  {
    name: "access_tokens_have_applications",
    description:
      "Every access token belongs to an application of the same environment and to one of its credentials, and ends after it begins.",
    over: "access tokens",
    offenders: `
      select left(encode(t.hash, 'hex'), 8) as token, t.application_id as application, t.environment
      from access_tokens t
      left join applications a on a.id = t.application_id
      left join credentials c on c.id = t.credential_id
      where a.environment is distinct from t.environment or c.application_id is distinct from t.application_id
         or t.expires_at < t.active_from`,
  },
];
