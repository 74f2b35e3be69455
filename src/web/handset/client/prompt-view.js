/** The elements of the prompt dialog. `prompt.js` decides what they show. */
import { formatTime, now } from "./clock.js";
import { byId, createElement, dialogById, inputById, pageData, setText } from "./dom.js";
import { formatMoney } from "./money.js";
import { words } from "./words.js";

/** @typedef {import("../../../handset/handset-api.ts").Prompt} Prompt */

/**
 * `asking` waits for the customer, `sending` for the server, `sent` for the outcome; `over` shows it.
 * @typedef {"asking" | "sending" | "sent" | "over"} Phase
 */

export const dialog = dialogById("prompt");
export const pin = inputById("pin");

const startPin = pageData("startPin");
const pinHelp = startPin === "" ? words.pinHelp : words.startPinHelp(startPin);

/** @param {Prompt} prompt */
export function renderPrompt({ kind, organisation, amount, reference, terms }) {
  const payment = kind === "payment";
  setText(byId("prompt-kind"), payment ? words.paymentRequest : words.mandateRequest);
  setText(
    byId("prompt-title"),
    payment ? words.paymentTitle(organisation.name) : words.mandateTitle(organisation.name),
  );
  setText(byId("prompt-amount"), payment ? formatMoney(amount) : (terms ?? ""));
  byId("prompt-amount").dataset["kind"] = kind;
  const details = [
    [words.businessNumber, organisation.shortcode],
    [words.reference, reference],
    ...(payment ? [] : [[words.nothingTakenNow, words.cancelAtAnyTime]]),
  ].filter(([, value]) => value !== "");
  byId("prompt-facts").replaceChildren(
    ...details.map(([name = "", value = ""]) =>
      createElement("div", "", createElement("dt", "", name), createElement("dd", "", value)),
    ),
  );
  byId("prompt-send").textContent = payment ? words.send : words.agree;
}

/** @param {Phase} phase */
export function renderPhase(phase) {
  dialog.dataset["phase"] = phase;
  const asking = phase === "asking" || phase === "sending";
  byId("prompt-ask").hidden = !asking;
  byId("prompt-outcome").hidden = asking;
  byId("prompt-send").hidden = !asking;
  byId("prompt-cancel").hidden = !asking;
  byId("prompt-block").hidden = !asking;
  byId("prompt-close").hidden = asking;
  for (const id of ["prompt-send", "prompt-cancel", "prompt-block"])
    byId(id).toggleAttribute("disabled", phase === "sending");
  pin.readOnly = phase === "sending";
}

/**
 * @param {"good" | "bad" | "wait"} outcome
 * @param {string} message
 * @param {string} detail
 */
export function renderOutcome(outcome, message, detail) {
  byId("prompt-outcome").dataset["outcome"] = outcome;
  setText(byId("outcome-text"), message);
  setText(byId("outcome-detail"), detail);
}

/** @param {string} text empty: no error */
export function renderPinError(text) {
  setText(byId("pin-error"), text);
  byId("pin-field").classList.toggle("wrong", text !== "");
  pin.setAttribute("aria-invalid", String(text !== ""));
}

/**
 * Disables approval while the PIN is locked.
 * @param {number | null} lockedUntil
 * @param {Phase} phase
 */
export function renderPinLock(lockedUntil, phase) {
  const isLocked = lockedUntil !== null && lockedUntil > now();
  const helpText = byId("pin-help");
  setText(helpText, isLocked ? words.yourPinLocked(formatTime(lockedUntil)) : pinHelp);
  helpText.classList.toggle("warn", isLocked);
  pin.disabled = isLocked;
  byId("prompt-send").toggleAttribute("disabled", isLocked || phase === "sending");
}

/**
 * Returns the seconds left.
 * @param {Prompt} prompt
 */
export function renderTimeLeft({ shownAt, expiresAt }) {
  const leftMs = Math.max(0, expiresAt - now());
  const secondsLeft = Math.ceil(leftMs / 1000);
  setText(byId("countdown"), `${Math.floor(secondsLeft / 60)}:${String(secondsLeft % 60).padStart(2, "0")}`);
  const lifetimeMs = Math.max(1, expiresAt - shownAt);
  byId("time-left").style.setProperty("--left", String(Math.min(1, leftMs / lifetimeMs)));
  dialog.classList.toggle("hurry", secondsLeft <= 15);
  return secondsLeft;
}
