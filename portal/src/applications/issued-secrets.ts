/**
 * Secrets that the server has just issued, until the person says that they are stored. They are in the memory of this page
 * only: not in its address, its history or the browser's storage.
 */
import { useSyncExternalStore } from "react";
import type { PortalResult } from "../api/call.ts";

export type SecretGroup = PortalResult<"POST /applications/{id}/credentials">;

const byApplication = new Map<string, readonly SecretGroup[]>();
const listeners = new Set<() => void>();
const none: readonly SecretGroup[] = [];

function change(id: string, groups: readonly SecretGroup[]): void {
  if (groups.length === 0) byApplication.delete(id);
  else byApplication.set(id, groups);
  for (const listener of listeners) listener();
}

/** Adds secrets; those of the same protocol are replaced. */
export function addIssuedSecrets(id: string, groups: readonly SecretGroup[]): void {
  const kept = (byApplication.get(id) ?? none).filter(({ protocol }) =>
    groups.every((group) => group.protocol !== protocol),
  );
  change(id, [...groups, ...kept]);
}

export const forgetIssuedSecrets = (id: string): void => change(id, none);

export const useIssuedSecrets = (id: string): readonly SecretGroup[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => byApplication.get(id) ?? none,
  );
