/** The id of the last message that was read, stored in this browser, as a real phone would do. */
import { pageData } from "./dom.js";

const key = `read ${pageData("base")}`;

export function getReadMark() {
  try {
    const stored = localStorage.getItem(key) ?? "0";
    return /^\d+$/.test(stored) ? BigInt(stored) : 0n;
  } catch {
    return 0n;
  }
}

/** @param {bigint} id */
export function saveReadMark(id) {
  try {
    localStorage.setItem(key, String(id));
  } catch {
    // Without storage every message is shown as new.
  }
}
