/** Snapshots of the whole sandbox, including its clock, so that every test starts from the same state. */
import type { CallControl } from "./control.ts";
import type { Snapshot } from "./generated.ts";

export interface Snapshots {
  /** Names have lower-case letters, digits and hyphens. An existing snapshot of this name is replaced. */
  take(name: string): Promise<Snapshot>;
  /** Newer sessions become invalid; clients request new ones by themselves. */
  restore(name: string): Promise<Snapshot>;
  list(): Promise<readonly Snapshot[]>;
  remove(name: string): Promise<void>;
}

export const createSnapshots = (control: CallControl): Snapshots => ({
  take: (name) => control("POST", "/snapshots", { name, replace: true }),
  restore: (name) => control("POST", `/snapshots/${encodeURIComponent(name)}/restore`),
  list: async () => (await control<{ snapshots: Snapshot[] }>("GET", "/snapshots")).snapshots,
  remove: (name) => control("DELETE", `/snapshots/${encodeURIComponent(name)}`),
});
