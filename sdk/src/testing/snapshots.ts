/** Snapshots: the whole sandbox as it was, its clock included, so that every test finds the same town. */
import type { CallControl } from "./control.ts";

export interface Snapshot {
  readonly name: string;
  readonly takenAt: string;
  /** The sandbox's business time in it. */
  readonly now: string;
  readonly frozen: boolean;
}

export interface Snapshots {
  /** Names have lower-case letters, digits and hyphens. One that is there is replaced. */
  take(name: string): Promise<Snapshot>;
  /** Sessions that were opened since are over; clients open new ones by themselves. */
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
