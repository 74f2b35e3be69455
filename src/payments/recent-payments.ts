/**
 * A wallet's most recent payments, newest last, as one text on the wallet: `917203 917260`. The batch locks
 * and writes the wallet anyway, so the list needs no row and no index of its own.
 */
import type { Id } from "../core/ids.ts";

const maxRecentPayments = 5;

export function addRecentPayment(recent: string, id: Id): string {
  const ids = recent === "" ? [] : recent.split(" ");
  const text = id.toString();
  return ids.at(-1) === text ? recent : [...ids, text].slice(-maxRecentPayments).join(" ");
}

export const parseRecentPayments = (recent: string): Id[] =>
  recent === "" ? [] : recent.split(" ").map(BigInt);
