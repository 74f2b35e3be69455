/** Asks before a page with unsaved work is left. A page has one guard; its parts say what is unsaved. */
import { useEffect, useId } from "react";
import { useBlocker } from "react-router";
import { Dialog } from "../ui/Dialog.tsx";
import { words } from "../words.ts";

const { applications } = words;

interface Unsaved {
  readonly reason: string;
  /** Paths at and below it may be visited without a loss. */
  readonly within: string | null;
}

const pending = new Map<string, Unsaved>();

const listUnsaved = (path: string): Unsaved[] =>
  [...pending.values()].filter(
    ({ within }) => within === null || (path !== within && !path.startsWith(`${within}/`)),
  );

/** While `when` holds, leaving the page asks with this reason. */
export function useUnsaved(
  when: boolean,
  reason: string = applications.unsaved,
  within: string | null = null,
): void {
  const id = useId();
  useEffect(() => {
    if (!when) return undefined;
    pending.set(id, { reason, within });
    return () => void pending.delete(id);
  }, [when, id, reason, within]);
}

/** The router supports one blocker at a time. */
export function UnsavedGuard() {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      currentLocation.pathname !== nextLocation.pathname && listUnsaved(nextLocation.pathname).length > 0,
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (pending.size > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  const isBlocked = blocker.state === "blocked";
  const reasons = isBlocked ? listUnsaved(blocker.location.pathname).map(({ reason }) => reason) : [];
  return (
    <Dialog open={isBlocked} onClose={() => blocker.reset?.()} title={applications.unsavedTitle}>
      {[...new Set(reasons)].map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      <div className="dialog-end">
        <button type="button" className="button danger" onClick={() => blocker.proceed?.()}>
          {applications.leave}
        </button>
        <button type="button" className="button strong" onClick={() => blocker.reset?.()}>
          {applications.stay}
        </button>
      </div>
    </Dialog>
  );
}
