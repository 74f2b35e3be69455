/**
 * Registers applications, changes them, renews their keys and revokes them.
 *
 * The control API, the command line and the portal call these functions, so that each change is checked, audited and
 * seen by every server in the same way.
 */
import { msPerSecond } from "../core/clock.ts";
import type { Environment } from "../core/markets.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { insertAudit } from "../store/main/audit.ts";
import { revokeAccessTokens, revokeTokensOfCredentials } from "../store/main/access-tokens.ts";
import {
  callbackUrlKey,
  findOrCreateDeveloper,
  insertApplication,
  lockApplication,
  readApplication,
  readApplications,
  updateApplication,
  type ApplicationChange,
  type ApplicationRow,
} from "../store/main/applications.ts";
import { setApplicationCallbackUrl } from "../store/main/callback-urls.ts";
import {
  endApplicationCredentials,
  endRetiringCredentials,
  readCredentials,
  type CredentialRow,
} from "../store/main/credentials.ts";
import { compareSettings, recordVersion, toVersionSettings } from "./application-history.ts";
import {
  generateSecret,
  renewCredential,
  storeCredential,
  toHint,
  type CredentialType,
} from "./credentials.ts";

export type { ApplicationChange, ApplicationRow, CredentialRow };

/** The environment has no application with this id. */
export class ApplicationNotFound extends Error {
  constructor(environment: Environment, id: bigint) {
    super(`The ${environment} environment has no application ${id}.`);
  }
}

/** A revoked application stays revoked. */
export class ApplicationRevoked extends Error {
  constructor({ id, name }: Pick<ApplicationRow, "id" | "name">) {
    super(`Application ${id} (${name}) is revoked permanently. Create another.`);
  }
}

/** The seed application stays as every client of `sandbox.json` knows it. */
export class SeedApplicationStays extends Error {
  constructor({ id, name }: Pick<ApplicationRow, "id" | "name">, action: "revoked" | "given another key") {
    super(
      `Application ${id} (${name}) belongs to the sandbox and cannot be ${action}: its key is in sandbox.json, and the commands use it. Create an application of your own instead.`,
    );
  }
}

export interface ApplicationServiceDeps {
  readonly sql: Sql;
  readonly environment: Environment;
  /** The person or program that makes the changes, for the audit log. */
  readonly actor: string;
  /** Makes this server see a change at once; other servers see it within a second. */
  readonly refresh: () => Promise<void>;
  /** The key that seals credentials that are not stored as a hash. Called when one is stored. */
  readonly readSecretKey: () => Buffer;
}

/** A URL for one of a protocol's notification kinds; null removes it. */
export interface CallbackUrlChange {
  readonly protocol: string;
  readonly kind: string;
  readonly url: string | null;
}

export interface NewApplicationSettings {
  readonly developer: { readonly email: string; readonly name: string };
  readonly name: string;
  /** Default: `1.0`. */
  readonly version?: string;
  readonly description: string;
  readonly sessionLifetimeMs: number;
  readonly trustedSources: readonly string[];
  readonly trustedOrigins: readonly string[];
  readonly shortcodes: readonly string[] | null;
  readonly products: Readonly<Record<string, object>>;
  readonly callbackUrls: readonly CallbackUrlChange[];
  /** The credentials that it starts with; each secret is returned once. */
  readonly credentials: readonly CredentialType[];
}

export interface ApplicationService {
  list(): Promise<ApplicationRow[]>;
  /** Throws `ApplicationNotFound`. */
  get(id: bigint): Promise<ApplicationRow>;
  /** Registers an application and returns its secrets, in the order of `credentials`. They are not stored. */
  create(
    settings: NewApplicationSettings,
  ): Promise<{ readonly id: bigint; readonly secrets: readonly string[] }>;
  /**
   * Changes an application under a lock: `change` gets its current values. `details` go to
   * the audit. Throws `ApplicationNotFound`.
   */
  change(
    id: bigint,
    action: AuditedAction,
    change: (current: ApplicationRow) => ApplicationChange,
    callbackUrls?: readonly CallbackUrlChange[],
  ): Promise<void>;
  /**
   * Issues other secrets of several types at once. There may have been none before. Throws `ApplicationNotFound`,
   * `ApplicationRevoked` and `SeedApplicationStays`.
   */
  renewCredentials(
    id: bigint,
    types: readonly CredentialType[],
    options: RenewalOptions,
  ): Promise<RenewedCredentials>;
  /**
   * Ends the earlier secrets of a protocol that are still valid, and the access tokens that were issued for them. Returns
   * the hints of those secrets. Throws `ApplicationNotFound`.
   */
  endRetiring(id: bigint, protocol: string): Promise<readonly string[]>;
  /**
   * Revokes an application permanently, its credentials and its access tokens. Returns its state before. Throws
   * `ApplicationNotFound` and `SeedApplicationStays`.
   */
  revoke(id: bigint): Promise<ApplicationRow>;
  /** Writes audit and history of a new callback secret, in the transaction that creates it. */
  recordRotation(tx: Transaction, id: bigint, overlapMs: number): Promise<void>;
  /** Revokes its access tokens; its key obtains new ones. Throws `ApplicationNotFound`. */
  endSessions(id: bigint): Promise<void>;
  /** Its credentials, inactive ones among them, the newest first. Throws `ApplicationNotFound`. */
  listCredentials(id: bigint): Promise<CredentialRow[]>;
}

export interface RenewalOptions {
  /** How long the old secrets stay valid, in milliseconds of wall time: 0 ends them at once. */
  readonly overlapMs: number;
  /** Whether its access tokens end too, so that only the new secrets give access. The default is false. */
  readonly endSessions?: boolean;
}

export interface RenewedCredentials {
  /** In the order of the types. They are not stored. */
  readonly secrets: readonly string[];
  /** Until when the old secrets stay valid: wall time; null if they are inactive, or there were none. */
  readonly previousUntil: Date | null;
}

/** The entry in the audit log: the action, such as `application limit`, and details without secrets. */
export interface AuditedAction {
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What every change shares: the lock, the audit and the history. */
function createChangeContext(deps: ApplicationServiceDeps) {
  const { sql, environment, actor, refresh } = deps;

  const audit = (tx: Sql | Transaction, { what, details }: AuditedAction): Promise<void> =>
    insertAudit(tx, { who: actor, what, details: { environment, ...details } });

  async function get(id: bigint): Promise<ApplicationRow> {
    const row = await readApplication(sql, id);
    if (row?.environment !== environment) throw new ApplicationNotFound(environment, id);
    return row;
  }

  /** Writes a version of a change that concerns no setting. */
  const recordAction = (
    tx: Transaction,
    row: ApplicationRow,
    { what, details }: AuditedAction,
  ): Promise<void> => recordVersion(tx, { who: actor, what, details, before: row, after: row });

  /** Writes a version if the settings differ. */
  async function recordSettings(tx: Transaction, before: ApplicationRow, what: string): Promise<void> {
    const after = await readApplication(tx, before.id);
    if (after === undefined) throw new Error("a locked application exists");
    if (compareSettings(toVersionSettings(before), toVersionSettings(after)).length > 0)
      await recordVersion(tx, { who: actor, what, before, after });
  }

  async function withLocked<T>(
    id: bigint,
    work: (tx: Transaction, row: ApplicationRow) => Promise<T>,
  ): Promise<T> {
    const result = await sql.begin(async (tx) => {
      const row = await lockApplication(tx, id);
      if (row?.environment !== environment) throw new ApplicationNotFound(environment, id);
      return work(tx, row);
    });
    await refresh();
    return result as T;
  }

  return { ...deps, audit, recordAction, recordSettings, get, withLocked };
}

type ChangeContext = ReturnType<typeof createChangeContext>;

export function createApplicationService(deps: ApplicationServiceDeps): ApplicationService {
  const context = createChangeContext(deps);
  return { ...createSettingChanges(context), ...createCredentialChanges(context) };
}

/** Applications themselves: read, created, changed. */
function createSettingChanges(context: ChangeContext): Pick<ApplicationService, SettingMethod> {
  const { sql, environment, actor, refresh, readSecretKey, audit, recordSettings, get, withLocked } = context;
  return {
    list: () => readApplications(sql, environment),
    get,
    async create({ developer, callbackUrls, credentials, ...settings }) {
      const secrets = credentials.map(({ length }) => generateSecret(length));
      const id = await sql.begin(async (tx) => {
        const hints = secrets.map(toHint);
        const details = { ...settings, developer: developer.email, callbackUrls, hints };
        await audit(tx, { what: "application create", details });
        const developerId = await findOrCreateDeveloper(tx, developer.email, developer.name);
        const applicationId = await insertApplication(tx, { ...settings, developerId, environment });
        for (const { url, ...key } of callbackUrls)
          await setApplicationCallbackUrl(tx, applicationId, key, url);
        for (const [index, type] of credentials.entries()) {
          await storeCredential(tx, { applicationId }, type, secrets[index] as string, readSecretKey);
        }
        const after = await readApplication(tx, applicationId);
        if (after === undefined) throw new Error("an inserted application exists");
        await recordVersion(tx, { who: actor, what: "application create", before: null, after });
        return applicationId;
      });
      await refresh();
      return { id, secrets };
    },
    async change(id, action, change, callbackUrls = []) {
      await withLocked(id, async (tx, row) => {
        await audit(tx, { ...action, details: { id: id.toString(), ...action.details } });
        await updateApplication(tx, id, change(row));
        for (const { url, ...key } of callbackUrls) await setApplicationCallbackUrl(tx, id, key, url);
        await recordSettings(tx, row, action.what);
      });
    },
  };
}

type SettingMethod = "list" | "get" | "create" | "change";

/** Their secrets and sessions: renewed, ended, listed. */
function createCredentialChanges(context: ChangeContext): Omit<ApplicationService, SettingMethod> {
  const { sql, environment, readSecretKey, audit, recordAction, get, withLocked } = context;
  return {
    renewCredentials: (id, types, { overlapMs, endSessions = false }) =>
      withLocked(id, async (tx, row) => {
        if (row.revokedAt !== null) throw new ApplicationRevoked(row);
        if (row.isSeed) throw new SeedApplicationStays(row, "given another key");
        const secrets: string[] = [];
        let previousUntil: Date | null = null;
        for (const type of types) {
          const renewed = await renewCredential(tx, { applicationId: id }, type, {
            overlapMs,
            readSecretKey,
          });
          const hint = toHint(renewed.secret);
          const { protocol, kind } = type;
          const details = { id: id.toString(), protocol, kind, hint, overlapMs, endsSessions: endSessions };
          await audit(tx, { what: "application renew-key", details });
          secrets.push(renewed.secret);
          previousUntil ??= renewed.previousUntil;
        }
        if (endSessions) await revokeAccessTokens(tx, id);
        const hints = secrets.map(toHint);
        const protocol = types[0]?.protocol ?? null;
        const details = { protocol, hints, previousUntil };
        await recordAction(tx, row, { what: "application renew-key", details });
        return { secrets, previousUntil };
      }),
    endRetiring: (id, protocol) =>
      withLocked(id, async (tx, row) => {
        const ended = await endRetiringCredentials(tx, id, protocol);
        if (ended.length === 0) return [];
        const hints = ended.map(({ hint }) => hint);
        const action = { what: "application end-old-key", details: { id: id.toString(), protocol, hints } };
        await audit(tx, action);
        const credentialIds = ended.map((credential) => credential.id);
        await revokeTokensOfCredentials(tx, credentialIds);
        await recordAction(tx, row, action);
        return hints;
      }),
    revoke: (id) =>
      withLocked(id, async (tx, row) => {
        if (row.revokedAt !== null) return row;
        if (row.isSeed) throw new SeedApplicationStays(row, "revoked");
        await audit(tx, { what: "application revoke", details: { id: id.toString(), name: row.name } });
        await updateApplication(tx, id, { revokedAt: new Date() });
        await endApplicationCredentials(tx, id);
        await revokeAccessTokens(tx, id);
        await recordAction(tx, row, { what: "application revoke", details: {} });
        return row;
      }),
    async recordRotation(tx, id, overlapMs) {
      const row = await lockApplication(tx, id);
      if (row?.environment !== environment) throw new ApplicationNotFound(environment, id);
      const what = "application rotate-callback-secret";
      await audit(tx, { what, details: { id: id.toString(), overlapSeconds: overlapMs / msPerSecond } });
      await recordAction(tx, row, { what, details: { overlapSeconds: overlapMs / msPerSecond } });
    },
    async endSessions(id) {
      await withLocked(id, async (tx) => {
        await audit(tx, { what: "application end-sessions", details: { id: id.toString() } });
        await revokeAccessTokens(tx, id);
      });
    },
    async listCredentials(id) {
      await get(id);
      return readCredentials(sql, { applicationId: id });
    },
  };
}

/** The URL that an application has for a protocol's notification kind, or null. */
export function getCallbackUrl(row: ApplicationRow, protocol: string, kind: string): string | null {
  return row.callbackUrls[callbackUrlKey(protocol, kind)] ?? null;
}
