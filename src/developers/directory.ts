/**
 * The directory as a server remembers it: applications and sessions, looked up for every request.
 *
 * What is remembered is forgotten as soon as anything changes, on whichever server: a revision in the
 * database is read four times a second. If it cannot be read for a while, everything is forgotten too,
 * so that a server cut off from its database does not go on honouring a key that was revoked.
 */
import { LRUCache } from "lru-cache";
import { second } from "../clock.ts";
import type { Sql } from "../store/connect.ts";
import { directoryRevision, readApplication, readSession, type SessionRow } from "../store/directory.ts";
import { readApplicationRow, type Application } from "./applications.ts";

const pollMs = 250;
const trustedFor = 5 * second;

export interface Directory {
  /** The application, or undefined if there is none. */
  application(id: bigint): Promise<Application | undefined>;
  /** The session with this hash (SHA-256 of its key, in hexadecimal). */
  session(keyHash: string): Promise<SessionRow | undefined>;
  /** What is remembered of a session right now, without asking the database. */
  remembered(keyHash: string): { session: SessionRow; application: Application } | undefined;
  /** Calls `listener` whenever everything is forgotten, for those who remember something beside it. */
  onForget(listener: () => void): void;
  /** Looks for changes now: what is remembered afterwards is no older than this call. */
  refresh(): Promise<void>;
  close(): void;
}

export function openDirectory(sql: Sql): Directory {
  const applications = new LRUCache<bigint, Application>({ max: 10_000 });
  const sessions = new LRUCache<string, SessionRow>({ max: 100_000 });
  let revision: bigint | null = null;
  let generation = 0;
  const forgetters: (() => void)[] = [];
  let seenAt = -Infinity;

  function forget(): void {
    generation += 1;
    applications.clear();
    sessions.clear();
    for (const listener of forgetters) listener();
  }

  async function poll(): Promise<void> {
    try {
      const now = await directoryRevision(sql);
      if (now !== revision) forget();
      revision = now;
      seenAt = performance.now();
    } catch {
      if (performance.now() - seenAt > trustedFor) forget();
    }
  }

  /** A poll that is never answered must not keep alive what was revoked meanwhile. */
  const trusted = (): boolean => performance.now() - seenAt <= trustedFor;

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const loop = (): void => {
    void poll().then(() => {
      if (!stopped) timer = setTimeout(loop, pollMs).unref();
    });
  };
  loop();

  return {
    async application(id) {
      const known = applications.get(id);
      if (known !== undefined && trusted()) return known;
      const before = generation;
      const row = await readApplication(sql, id);
      if (row === undefined) return undefined;
      const application = readApplicationRow(row);
      // What was read before a change must not outlive it.
      if (before === generation) applications.set(id, application);
      return application;
    },
    async session(keyHash) {
      const known = sessions.get(keyHash);
      if (known !== undefined && trusted()) return known;
      const before = generation;
      const row = await readSession(sql, Buffer.from(keyHash, "hex"));
      if (row !== undefined && before === generation) sessions.set(keyHash, row);
      return row;
    },
    remembered(keyHash) {
      if (!trusted()) return undefined;
      const session = sessions.get(keyHash);
      const application = session === undefined ? undefined : applications.get(session.applicationId);
      return session === undefined || application === undefined ? undefined : { session, application };
    },
    onForget: (listener) => void forgetters.push(listener),
    refresh: poll,
    close() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
