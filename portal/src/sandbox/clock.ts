/** The clock of the sandbox: what the server says, and the time that goes by between two answers. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../api/call.ts";
import { queryClient, read, refresh } from "../api/queries.ts";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";

const pollMs = 10_000;
const tickMs = 1_000;

export interface ClockState {
  /** Business time, in milliseconds since 1970. */
  readonly now: number;
  readonly isFrozen: boolean;
  /** How far it is ahead of wall time, in milliseconds. */
  readonly aheadMs: number;
}

/** Null until the server has answered, and where the developer may not see the clock. */
export function useClock(isAllowed: boolean): ClockState | null {
  const { data, dataUpdatedAt } = useQuery({
    ...read("GET /sandbox/clock"),
    enabled: isAllowed,
    refetchInterval: pollMs,
  });
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isAllowed) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), tickMs);
    return () => clearInterval(timer);
  }, [isAllowed]);
  if (data === undefined) return null;
  const elapsedMs = data.frozen ? 0 : Date.now() - dataUpdatedAt;
  return { now: Date.parse(data.now) + elapsedMs, isFrozen: data.frozen, aheadMs: data.offsetSeconds * 1000 };
}

/** Advances the clock, and says what happened. */
export async function advance(target: { readonly seconds: number } | { readonly to: string }): Promise<void> {
  const { count } = await call("POST /sandbox/clock/advance", { body: target });
  showToast(words.sandbox.advanced(count));
  await refreshAll();
}

export async function setFrozen(frozen: boolean): Promise<void> {
  await call("PATCH /sandbox/clock", { body: { frozen } });
  await refresh("/sandbox/clock");
}

/** The clock changes what every page shows. */
export const refreshAll = (): Promise<void> => queryClient.invalidateQueries();

export const showFailure = (error: unknown): void =>
  showToast(error instanceof Error ? error.message : String(error), { tone: "danger" });
