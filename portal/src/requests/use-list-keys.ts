/** Keys of a list: j, k and arrows move, space peeks, enter opens, c copies, escape closes. */
import { useEffect, useRef } from "react";
import type { RequestSummary } from "../parts/RequestResult.tsx";

export interface ListActions {
  readonly move: (request: RequestSummary) => void;
  readonly peek: (request: RequestSummary) => void;
  readonly enter: (request: RequestSummary) => void;
  readonly copy: (request: RequestSummary) => void;
  readonly close: () => void;
}

export function useListKeys(
  rows: readonly RequestSummary[],
  selectedId: string | null,
  actions: ListActions,
): void {
  const latest = useRef({ rows, selectedId, actions });
  latest.current = { rows, selectedId, actions };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (handleKey(event, latest.current)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

const steps: Readonly<Record<string, number>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/** Returns whether the key did something. */
function handleKey(
  event: KeyboardEvent,
  {
    rows,
    selectedId,
    actions,
  }: {
    readonly rows: readonly RequestSummary[];
    readonly selectedId: string | null;
    readonly actions: ListActions;
  },
): boolean {
  const target = event.target as Element;
  if (target.closest("input, select, textarea, [role=dialog], [role=menu], pre") !== null) return false;
  const index = rows.findIndex(({ conversationId }) => conversationId === selectedId);
  const step = steps[event.key];
  if (step !== undefined) {
    const next = rows[index === -1 ? 0 : Math.min(Math.max(index + step, 0), rows.length - 1)];
    if (next === undefined) return false;
    // The row is what the next key is for, not the button that was pressed last.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    actions.move(next);
    return true;
  }
  if (event.key === "Escape") {
    actions.close();
    return true;
  }
  const selected = rows[index];
  // A focused button or link has these keys for itself.
  if (selected === undefined || target.closest("a, button") !== null) return false;
  if (event.key === " ") actions.peek(selected);
  else if (event.key === "Enter") actions.enter(selected);
  else if (event.key === "c") actions.copy(selected);
  else return false;
  return true;
}
