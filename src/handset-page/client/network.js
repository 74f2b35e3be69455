/** The sheet that says how this phone behaves. Live handsets have none. */
import { timeOfDay } from "./clock.js";
import { byId, inputById, setText } from "./dom.js";
import { press } from "./server.js";

/** @typedef {import("../events.ts").Picture} Picture */

export function startNetwork() {
  const form = document.getElementById("network-form");
  if (form === null) return { show() {} };
  const seconds = inputById("seconds");

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    const changed = event.target;
    if (!(changed instanceof HTMLInputElement)) return;
    if (changed === seconds) {
      const delay = Math.round(Number(seconds.value));
      if (seconds.value !== "" && delay >= 0 && delay <= 3600) void tell({ delayMs: delay * 1000 });
    } else void tell({ answer: changed.value });
  });

  /** @param {{ answer?: string, delayMs?: number }} telling */
  async function tell(telling) {
    const answer = await press("tell", telling);
    if (answer.error !== undefined) setText(byId("pin-note"), answer.error);
  }

  /** @param {Picture} state */
  function show({ answer, delayMs, pin }) {
    for (const choice of form?.querySelectorAll("input[type=radio]") ?? []) {
      if (choice instanceof HTMLInputElement) choice.checked = choice.value === answer;
    }
    byId("seconds-line").hidden = answer !== "slow";
    if (document.activeElement !== seconds) seconds.value = String(Math.round(delayMs / 1000));
    setText(
      byId("pin-note"),
      pin.lockedUntil === null
        ? `PIN: ${pin.left === 1 ? "1 try" : `${pin.left} tries`} left before it locks.`
        : `PIN: locked until ${timeOfDay(pin.lockedUntil)}.`,
    );
  }

  return { show };
}
