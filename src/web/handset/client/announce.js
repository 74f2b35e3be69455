/** Announces texts to screen readers. */
import { byId, dialogById } from "./dom.js";

/** @param {string} text */
export function announce(text) {
  // Screen readers ignore elements behind an open dialog, so the dialog has its own live region.
  const liveRegion = byId(dialogById("prompt").open ? "prompt-say" : "say");
  liveRegion.textContent = "";
  // In two steps, so that a repeated text is announced again.
  setTimeout(() => (liveRegion.textContent = text), 50);
}
