/**
 * Registers an organisation's API operators, changes their roles and status, and renews their passwords.
 *
 * A person may choose a password, so it can be guessed. Its hash is keyed, as that of a PIN: a copy of the table is
 * useless without the environment's key. The hash includes the operator, so equal passwords have different hashes.
 */
import { createHmac } from "node:crypto";
import type { Environment, Market } from "../core/markets.ts";
import { generateSecret } from "../developers/credentials.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import {
  insertApiOperator,
  lockApiOperator,
  passwordKind,
  readApiOperator,
  readApiOperators,
  resetWrongPasswords,
  updateApiOperator,
  type ApiOperatorChange,
  type ApiOperatorRole,
  type ApiOperatorRow,
} from "../store/main/api-operators.ts";
import { insertAudit } from "../store/main/audit.ts";
import { deactivateCredential, insertCredential } from "../store/main/credentials.ts";

export type { ApiOperatorRole };

/** A shorter text is no operator's password. */
export const minOperatorPasswordLength = 8;

/** The passwords that a person may choose, as a regular expression. */
export const operatorPasswordPattern = `^[ -~]{${minOperatorPasswordLength},100}$`;

/** The market has no organisation with this shortcode. */
export class OrganisationNotFound extends Error {
  constructor({ market, shortcode }: OrganisationName) {
    super(`${market} has no organisation ${shortcode}.`);
  }
}

/** The organisation has no operator with this username. */
export class ApiOperatorNotFound extends Error {
  constructor({ shortcode }: OrganisationName, username: string) {
    super(`Organisation ${shortcode} has no operator ${username}.`);
  }
}

/** A username names one operator of an organisation. */
export class ApiOperatorExists extends Error {
  constructor({ shortcode }: OrganisationName, username: string) {
    super(`Organisation ${shortcode} already has an operator ${username}.`);
  }
}

/** A password that was renewed stays inactive. */
export class PasswordUsedBefore extends Error {
  constructor(username: string) {
    super(`Operator ${username} has or had this password. Choose another.`);
  }
}

export interface OrganisationName {
  readonly market: Market;
  readonly shortcode: string;
}

export interface ApiOperatorServiceDeps {
  readonly sql: Sql;
  readonly environment: Environment;
  /** The person or program that makes the changes, for the audit log. */
  readonly actor: string;
  /** The key of the password hashes. */
  readonly passwordKey: Buffer;
  /** Asks the organisation's rail, which may be another database. */
  readonly hasOrganisation: (organisation: OrganisationName) => Promise<boolean>;
}

export interface NewApiOperator {
  readonly username: string;
  readonly roles: readonly ApiOperatorRole[];
  /** Null generates one. */
  readonly password: string | null;
}

/** Every function throws `OrganisationNotFound`. Those that name an operator throw `ApiOperatorNotFound`. */
export interface ApiOperatorService {
  list(organisation: OrganisationName): Promise<ApiOperatorRow[]>;
  get(organisation: OrganisationName, username: string): Promise<ApiOperatorRow>;
  /** Returns the generated password, which is not stored, or null. Throws `ApiOperatorExists`. */
  create(organisation: OrganisationName, operator: NewApiOperator): Promise<string | null>;
  change(organisation: OrganisationName, username: string, change: ApiOperatorChange): Promise<void>;
  /**
   * Sets a password, or generates one for null; the old one becomes inactive. Returns the generated password, which is
   * not stored, or null. Throws `PasswordUsedBefore`.
   */
  renewPassword(
    organisation: OrganisationName,
    username: string,
    password: string | null,
  ): Promise<string | null>;
}

export function createApiOperatorService(deps: ApiOperatorServiceDeps): ApiOperatorService {
  const { sql, environment, actor, passwordKey } = deps;

  const toKey = (organisation: OrganisationName) => ({ environment, ...organisation });

  /** The rail may be another database, so this is never asked in a transaction of the main database. */
  async function assertOrganisation(organisation: OrganisationName): Promise<void> {
    if (!(await deps.hasOrganisation(organisation))) throw new OrganisationNotFound(organisation);
  }

  const audit = (
    tx: Transaction,
    organisation: OrganisationName,
    what: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> =>
    insertAudit(tx, { who: actor, what, details: { environment, ...organisation, ...details } });

  /** Throws `PasswordUsedBefore` if the operator has or had this password. */
  async function storePassword(
    tx: Transaction,
    id: bigint,
    password: string,
    username: string,
  ): Promise<void> {
    const credentialId = await insertCredential(tx, {
      owner: { apiOperatorId: id },
      protocol: null,
      kind: passwordKind,
      hash: hashOperatorPassword(passwordKey, id, password),
      sealed: null,
      // The last characters of a chosen password would help to guess it.
      hint: "",
    });
    if (credentialId === null) throw new PasswordUsedBefore(username);
  }

  async function withLocked(
    organisation: OrganisationName,
    username: string,
    work: (tx: Transaction, id: bigint) => Promise<void>,
  ): Promise<void> {
    await assertOrganisation(organisation);
    await sql.begin(async (tx) => {
      const id = await lockApiOperator(tx, toKey(organisation), username);
      if (id === undefined) throw new ApiOperatorNotFound(organisation, username);
      await work(tx, id);
    });
  }

  return {
    async list(organisation) {
      await assertOrganisation(organisation);
      return readApiOperators(sql, toKey(organisation));
    },
    async get(organisation, username) {
      await assertOrganisation(organisation);
      const row = await readApiOperator(sql, toKey(organisation), username);
      if (row === undefined) throw new ApiOperatorNotFound(organisation, username);
      return row;
    },
    async create(organisation, { username, roles, password }) {
      await assertOrganisation(organisation);
      const secret = password ?? generateSecret();
      await sql.begin(async (tx) => {
        await audit(tx, organisation, "operator create", { username, roles });
        const id = await insertApiOperator(tx, toKey(organisation), { username, roles });
        if (id === null) throw new ApiOperatorExists(organisation, username);
        await storePassword(tx, id, secret, username);
      });
      return password === null ? secret : null;
    },
    change: (organisation, username, change) =>
      withLocked(organisation, username, async (tx, id) => {
        await audit(tx, organisation, "operator change", { username, ...change });
        await updateApiOperator(tx, id, change);
      }),
    async renewPassword(organisation, username, password) {
      const secret = password ?? generateSecret();
      await withLocked(organisation, username, async (tx, id) => {
        const details = { username, generated: password === null };
        await audit(tx, organisation, "operator renew-password", details);
        await deactivateCredential(tx, { apiOperatorId: id }, null, passwordKind);
        await storePassword(tx, id, secret, username);
        await resetWrongPasswords(tx, id);
      });
      return password === null ? secret : null;
    },
  };
}

/** 32 bytes; the same for the same operator and password, as the unique index of hashes requires. */
export const hashOperatorPassword = (key: Buffer, operatorId: bigint, password: string): Buffer =>
  createHmac("sha256", key).update(`${operatorId}:${password}`).digest();
