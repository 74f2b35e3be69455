/**
 * The directory as a server remembers it: applications and sessions, looked up for every request.
 *
 * What is remembered is forgotten as soon as anything changes, on whichever server: a revision in the
 * database is read four times a second. If it cannot be read for a while, everything is forgotten too,
 * so that a server cut off from its database does not go on honouring a key that was revoked.
 */
import { LRUCache } from "lru-cache";
import { msPerSecond } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  readDirectoryRevision,
  readApplication,
  readSession,
  type SessionRow,
} from "../store/main/applications.ts";
import { toApplication, type Application } from "./applications.ts";

const pollIntervalMs = 250;
const maxStalenessMs = 5 * msPerSecond;

export interface ApplicationCache {
  /** The application, or undefined if there is none. */
  findApplication(id: bigint): Promise<Application | undefined>;
  /** The session with this hash (SHA-256 of its key, in hexadecimal). */
  findSession(keyHash: string): Promise<SessionRow | undefined>;
  /** What is remembered of a session right now, without asking the database. */
  cached(keyHash: string): { findSession: SessionRow; findApplication: Application } | undefined;
  /** Calls `listener` whenever everything is forgotten, for those who remember something beside it. */
  onInvalidate(listener: () => void): void;
  /** Looks for changes now: what is remembered afterwards is no older than this call. */
  refresh(): Promise<void>;
  close(): void;
}

export function createApplicationCache(sql: Sql): ApplicationCache {
  const applications = new LRUCache<bigint, Application>({ max: 10_000 });
  const sessions = new LRUCache<string, SessionRow>({ max: 100_000 });
  let revision: bigint | null = null;
  let generation = 0;
  const listeners: (() => void)[] = [];
  let polledAt = -Infinity;

  function invalidate(): void {
    generation += 1;
    applications.clear();
    sessions.clear();
    for (const listener of listeners) listener();
  }

  async function poll(): Promise<void> {
    try {
      const newRevision = await readDirectoryRevision(sql);
      if (newRevision !== revision) invalidate();
      revision = newRevision;
      polledAt = performance.now();
    } catch {
      if (performance.now() - polledAt > maxStalenessMs) invalidate();
    }
  }

  /** A poll that is never answered must not keep alive what was revoked meanwhile. */
  const isFresh = (): boolean => performance.now() - polledAt <= maxStalenessMs;

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const loop = (): void => {
    void poll().then(() => {
      if (!stopped) timer = setTimeout(loop, pollIntervalMs).unref();
    });
  };
  loop();

  return {
    async findApplication(id) {
      const known = applications.get(id);
      if (known !== undefined && isFresh()) return known;
      const generationBefore = generation;
      const row = await readApplication(sql, id);
      if (row === undefined) return undefined;
      const application = toApplication(row);
      // What was read before a change must not outlive it.
      if (generationBefore === generation) applications.set(id, application);
      return application;
    },
    async findSession(keyHash) {
      const known = sessions.get(keyHash);
      if (known !== undefined && isFresh()) return known;
      const generationBefore = generation;
      const row = await readSession(sql, Buffer.from(keyHash, "hex"));
      if (row !== undefined && generationBefore === generation) sessions.set(keyHash, row);
      return row;
    },
    cached(keyHash) {
      if (!isFresh()) return undefined;
      const session = sessions.get(keyHash);
      const application = session === undefined ? undefined : applications.get(session.applicationId);
      return session === undefined || application === undefined
        ? undefined
        : { findSession: session, findApplication: application };
    },
    onInvalidate: (listener) => void listeners.push(listener),
    refresh: poll,
    close() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
