/**
 * A cache of applications and sessions, which every request needs.
 *
 * The cache is cleared when any server changes an application or session: each server polls a revision in the database
 * four times a second. If it cannot read the revision for a while, it clears the cache as well, so that a server without
 * a database does not accept a revoked key.
 */
import { msPerSecond } from "../core/clock.ts";
import { createEmitter } from "../core/events.ts";
import { createPoller } from "../core/poller.ts";
import { createLruCache } from "../core/lru-cache.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readCredentialByHash, type CredentialRow } from "../store/main/credentials.ts";
import { readAccessToken, type AccessTokenRow } from "../store/main/access-tokens.ts";
import { readApplication, readCacheRevision } from "../store/main/applications.ts";
import { toApplication, type Application } from "./applications.ts";
import type { CredentialType } from "./credentials.ts";

export type { AccessTokenRow };

const pollIntervalMs = 250;
const maxStalenessMs = 5 * msPerSecond;

/** A credential that a caller has presented. */
export interface CredentialMatch {
  readonly application: Application;
  readonly credentialId: bigint;
  readonly protocol: string | null;
  /** Its last characters, for the request log. */
  readonly hint: string;
  /** Whether it gives access: it is the current one, or its overlap is not over. One that was renewed or revoked is inactive. */
  readonly isActive: boolean;
  /** When its overlap ends: wall time of the database; null without one. A cache must not keep it for longer. */
  readonly retiresAt: Date | null;
}

export interface ApplicationCache {
  /** The application, or undefined if there is none. */
  findApplication(id: bigint): Promise<Application | undefined>;
  /** The access token with this hash (SHA-256, in hexadecimal). */
  findAccessToken(hash: string): Promise<AccessTokenRow | undefined>;
  /** The credential with this hash, and its application. Not cached, because callers present credentials rarely. */
  findByCredential(kind: string, hash: string): Promise<CredentialMatch | undefined>;
  /**
   * The credential with this hash, also an inactive one, and its application. Cached: for protocols whose requests present
   * the credential itself.
   */
  findCredential(type: CredentialType, hash: string): Promise<PresentedCredential | undefined>;
  /** The cached credential and its application, without a database query. */
  getCachedCredential(type: CredentialType, hash: string): PresentedCredential | undefined;
  /** The cached access token and its application, without a database query. */
  getCached(hash: string): { readonly token: AccessTokenRow; readonly application: Application } | undefined;
  /** Calls `listener` whenever the cache is cleared, so that other caches can be cleared too. */
  onInvalidate(listener: () => void): void;
  /** Polls now: afterwards the cache is not older than this call. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** A credential that a caller presented, and the application that it belongs to. */
export interface PresentedCredential {
  readonly application: Application;
  readonly credential: Pick<CredentialRow, "id" | "hint" | "state" | "retiresAt">;
}

const toCredentialKey = ({ protocol, kind }: CredentialType, hash: string): string =>
  `${protocol} ${kind} ${hash}`;

export function createApplicationCache(sql: Sql): ApplicationCache {
  const applications = createLruCache<bigint, Application>(10_000);
  const tokens = createLruCache<string, AccessTokenRow>(100_000);
  const credentials = createLruCache<string, PresentedCredential>(20_000);
  let revision: bigint | null = null;
  let generation = 0;
  const events = createEmitter<{ invalidated: [] }>();
  let polledAt = -Infinity;

  function invalidate(): void {
    generation += 1;
    applications.clear();
    tokens.clear();
    credentials.clear();
    events.emit("invalidated");
  }

  async function poll(): Promise<void> {
    const newRevision = await readCacheRevision(sql);
    if (newRevision !== revision) invalidate();
    revision = newRevision;
    polledAt = performance.now();
  }

  function clearIfStale(): void {
    if (!isFresh()) invalidate();
  }

  /** A poll that never completes must not keep revoked entries valid. */
  const isFresh = (): boolean => performance.now() - polledAt <= maxStalenessMs;

  const poller = createPoller({ work: poll, intervalMs: pollIntervalMs, onError: clearIfStale });
  poller.notify();

  return {
    async findApplication(id) {
      const known = applications.get(id);
      if (known !== undefined && isFresh()) return known;
      const generationBefore = generation;
      const row = await readApplication(sql, id);
      if (row === undefined) return undefined;
      const application = toApplication(row);
      // Do not cache a row that was read before the cache was cleared.
      if (generationBefore === generation) applications.set(id, application);
      return application;
    },
    async findAccessToken(hash) {
      const known = tokens.get(hash);
      if (known !== undefined && isFresh()) return known;
      const generationBefore = generation;
      const row = await readAccessToken(sql, Buffer.from(hash, "hex"));
      if (row !== undefined && generationBefore === generation) tokens.set(hash, row);
      return row;
    },
    async findByCredential(kind, hash) {
      const credential = await readCredentialByHash(sql, kind, Buffer.from(hash, "hex"));
      if (credential === undefined || credential.applicationId === null) return undefined;
      const row = await readApplication(sql, credential.applicationId);
      if (row === undefined) return undefined;
      const { id, hint, state, retiresAt, protocol } = credential;
      const isActive = state !== "inactive";
      return { application: toApplication(row), credentialId: id, hint, isActive, retiresAt, protocol };
    },
    async findCredential(type, hash) {
      const key = toCredentialKey(type, hash);
      const known = credentials.get(key);
      if (known !== undefined && isFresh()) return known;
      const generationBefore = generation;
      const credential = await readCredentialByHash(sql, type.kind, Buffer.from(hash, "hex"));
      if (credential?.protocol !== type.protocol || credential.applicationId === null) return undefined;
      const row = await readApplication(sql, credential.applicationId);
      if (row === undefined) return undefined;
      const presented = { application: toApplication(row), credential };
      if (generationBefore === generation) credentials.set(key, presented);
      return presented;
    },
    getCachedCredential: (type, hash) =>
      isFresh() ? credentials.get(toCredentialKey(type, hash)) : undefined,
    getCached(hash) {
      if (!isFresh()) return undefined;
      const token = tokens.get(hash);
      const application = token === undefined ? undefined : applications.get(token.applicationId);
      return token === undefined || application === undefined ? undefined : { token, application };
    },
    onInvalidate: (listener) => void events.on("invalidated", listener),
    refresh: () => poll().catch(clearIfStale),
    close: () => poller.stop(),
  };
}
