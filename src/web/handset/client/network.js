/** The screen with the handset's behaviour and its PIN state. Live handsets do not have it. */
import { formatTime } from "./clock.js";
import { byId, inputById, setText } from "./dom.js";
import { postAction } from "./server.js";
import { words } from "./words.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */

export function mountNetwork() {
  const form = document.getElementById("network-form");
  if (form === null) return { render() {} };
  const seconds = inputById("seconds");

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    if (field === seconds) {
      const delay = Math.round(Number(seconds.value));
      if (seconds.value !== "" && delay >= 0 && delay <= 3600) void sendChange({ delayMs: delay * 1000 });
    } else void sendChange({ answer: field.value });
  });

  /** @param {{ answer?: string, delayMs?: number }} change */
  async function sendChange(change) {
    const response = await postAction("tell", change);
    if (response.error !== undefined) setText(byId("pin-note"), response.error);
  }

  /** @param {HandsetSnapshot} state */
  function render({ answer, delayMs, pin }) {
    for (const choice of form?.querySelectorAll("input[type=radio]") ?? []) {
      if (choice instanceof HTMLInputElement) choice.checked = choice.value === answer;
    }
    byId("seconds-line").hidden = answer !== "slow";
    if (document.activeElement !== seconds) seconds.value = String(Math.round(delayMs / 1000));
    setText(
      byId("pin-note"),
      pin.lockedUntil === null ? words.pinTriesLeft(pin.left) : words.pinLocked(formatTime(pin.lockedUntil)),
    );
  }

  return { render };
}
