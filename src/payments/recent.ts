/**
 * A wallet's last payments, newest last, as one text on the wallet: `917203 917260`. Whoever moves its money
 * has it locked and is about to write it, so remembering costs no row and no index of its own.
 */
import type { Id } from "../ids.ts";

const most = 5;

export function withRecent(recent: string, id: Id): string {
  const ids = recent === "" ? [] : recent.split(" ");
  const name = id.toString();
  return ids.at(-1) === name ? recent : [...ids, name].slice(-most).join(" ");
}

export const readRecent = (recent: string): Id[] => (recent === "" ? [] : recent.split(" ").map(BigInt));
