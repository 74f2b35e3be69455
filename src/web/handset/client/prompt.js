/** The dialog of a payment or mandate request, over the current screen. */
import { now, formatTime } from "./clock.js";
import { byId, dialogById, inputById, createElement, pageData, setText } from "./dom.js";
import { formatMoney } from "./money.js";
import { postAction } from "./server.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */
/** @typedef {import("../../../handset/handset-api.ts").Prompt} Prompt */
/** @typedef {import("../../../handset/handset-api.ts").EndedPrompt} EndedPrompt */

/**
 * `asking` waits for the customer, `sending` for the server, `sent` for the outcome; `over` shows it.
 * @typedef {"asking" | "sending" | "sent" | "over"} Phase
 */

/** Seconds left that are announced to screen readers. */
const announcedSeconds = [60, 30, 10];

/** @param {number} until */
const formatLock = (until) => `Your PIN is locked until ${formatTime(until)}.`;

const startPin = pageData("startPin");
const help =
  startPin === ""
    ? "Enter it only if you expect this request."
    : `The start PIN of this test handset is ${startPin}.`;

const nothingTakenText = "Nothing was taken.";

/** @param {Prompt} prompt */
const describeApproval = ({ kind, amount, organisation, terms }) =>
  kind === "payment" ? `${formatMoney(amount)} to ${organisation.name}` : `${organisation.name}: ${terms}`;

/** @param {(text: string) => void} announce */
export function mountPrompt(announce) {
  const dialog = dialogById("prompt");
  const pin = inputById("pin");
  /** @type {HandsetSnapshot | null} */
  let state = null;
  /** @type {Prompt | null} */
  let current = null;
  /** @type {Phase} */
  let phase = "asking";
  let lastSecondsLeft = Infinity;
  /** Prompts that were closed here. They stay closed until the server no longer lists them. */
  const closedPrompts = new Set();
  let canReopen = false;

  byId("prompt-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (phase === "over") close();
    else if (phase === "asking") void approve();
  });
  byId("prompt-cancel").addEventListener("click", () => void decline());
  byId("prompt-close").addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (phase === "over" || phase === "sent") close();
    else if (phase === "asking") void decline();
  });
  pin.addEventListener("input", () => {
    const digits = pin.value.replaceAll(/\D/g, "");
    if (digits !== pin.value) pin.value = digits;
  });

  /** @param {HandsetSnapshot} next */
  function render(next) {
    state = next;
    if (next.signal === "off" && current !== null) close();
    if (current === null) presentNext();
    else update(current);
  }

  function presentNext() {
    const nextPrompt =
      state?.signal === "off"
        ? undefined
        : state?.prompts.find(({ paymentId }) => !closedPrompts.has(paymentId));
    if (nextPrompt === undefined) return;
    current = nextPrompt;
    lastSecondsLeft = Infinity;
    pin.value = "";
    setError("");
    renderPrompt(nextPrompt);
    setPhase("asking");
    if (!dialog.open) dialog.showModal();
    pin.focus();
    tick();
  }

  /**
   * The prompt may have ended here, on another page, or by expiry.
   * @param {Prompt} prompt
   */
  function update(prompt) {
    if (phase === "over") return;
    const ended = state?.ended.find(({ paymentId }) => paymentId === prompt.paymentId);
    const until = state?.pin.lockedUntil ?? null;
    if (ended?.ending === "wrong_pin" && until !== null) finish("bad", formatLock(until), nothingTakenText);
    else if (ended?.ending === "approved") finish("good", ended.says, describeApproval(prompt));
    else if (ended !== undefined) finish("bad", ended.says, nothingTakenText);
    else if (
      state?.prompts.every(({ paymentId }) => paymentId !== prompt.paymentId) === true &&
      phase !== "sending"
    )
      close();
    else updateLock();
  }

  /** @param {Prompt} prompt */
  function renderPrompt({ kind, organisation, amount, reference, terms }) {
    const payment = kind === "payment";
    setText(byId("prompt-kind"), payment ? "M-Pesa payment request" : "M-Pesa direct debit request");
    setText(
      byId("prompt-title"),
      payment ? `Pay ${organisation.name}?` : `Let ${organisation.name} collect from your account?`,
    );
    setText(byId("prompt-amount"), payment ? formatMoney(amount) : (terms ?? ""));
    byId("prompt-amount").dataset["kind"] = kind;
    const details = [
      ["Business number", organisation.shortcode],
      ["Reference", reference],
      ...(payment ? [] : [["Nothing is taken now", "You can cancel it in the menu at any time."]]),
    ].filter(([, value]) => value !== "");
    byId("prompt-facts").replaceChildren(
      ...details.map(([name = "", value = ""]) =>
        createElement("div", "", createElement("dt", "", name), createElement("dd", "", value)),
      ),
    );
    byId("prompt-send").textContent = payment ? "Send" : "Agree";
  }

  /** @param {Phase} next */
  function setPhase(next) {
    phase = next;
    dialog.dataset["phase"] = next;
    const asking = next === "asking" || next === "sending";
    byId("prompt-ask").hidden = !asking;
    byId("prompt-outcome").hidden = asking;
    byId("prompt-send").hidden = !asking;
    byId("prompt-cancel").hidden = !asking;
    byId("prompt-close").hidden = asking;
    for (const id of ["prompt-send", "prompt-cancel"])
      byId(id).toggleAttribute("disabled", next === "sending");
    pin.readOnly = next === "sending";
    updateLock();
  }

  async function approve() {
    if (current === null) return;
    if (!/^\d{4,6}$/.test(pin.value)) return setError("A PIN has 4 to 6 digits.");
    const { paymentId } = current;
    setError("");
    setPhase("sending");
    const response = await postAction("answer", { paymentId, says: "approve", pin: pin.value });
    handleResponse(paymentId, response);
  }

  async function decline() {
    if (current === null || phase !== "asking") return;
    const { paymentId } = current;
    setPhase("sending");
    const response = await postAction("answer", { paymentId, says: "decline" });
    if (response["outcome"] !== "accepted") handleResponse(paymentId, response);
    else if (current?.paymentId === paymentId) {
      close();
      announce("The request is cancelled.");
    }
  }

  /**
   * @param {string} paymentId
   * @param {Record<string, any>} response
   */
  function handleResponse(paymentId, response) {
    // The event stream may have reported the outcome first.
    if (current?.paymentId !== paymentId || phase !== "sending") return;
    switch (response["outcome"]) {
      case "accepted":
        return awaitOutcome();
      case "wrong_pin":
        setPhase("asking");
        return setError(
          `Wrong PIN. ${response["left"] === 1 ? "1 try is" : `${response["left"]} tries are`} left.`,
        );
      case "locked":
        // If an earlier attempt locked the PIN, the request is still open.
        canReopen = true;
        return finish("bad", formatLock(response["until"]), nothingTakenText);
      case "prompt_not_open":
        return finish("bad", "This request has ended. Your answer came too late.", nothingTakenText);
      case "no_signal":
        setPhase("asking");
        return setError("No signal. Your answer was not sent.");
      default:
        setPhase("asking");
        return setError(response["error"] ?? "Something went wrong. Try again.");
    }
  }

  /** The server has accepted the answer; the outcome arrives by the event stream. */
  function awaitOutcome() {
    if (current === null) return;
    setPhase("sent");
    byId("prompt-outcome").dataset["outcome"] = "wait";
    setText(byId("outcome-text"), "Request sent …");
    setText(byId("outcome-detail"), "You will get a confirmation message.");
    byId("outcome-text").focus();
    update(current);
  }

  /**
   * @param {"good" | "bad"} outcome
   * @param {string} message
   * @param {string} detail
   */
  function finish(outcome, message, detail) {
    setPhase("over");
    byId("prompt-outcome").dataset["outcome"] = outcome;
    setText(byId("outcome-text"), message);
    setText(byId("outcome-detail"), detail);
    byId("prompt-close").focus();
    announce(`${message} ${detail}`);
  }

  function close() {
    if (current !== null && !canReopen) closedPrompts.add(current.paymentId);
    canReopen = false;
    current = null;
    pin.value = "";
    dialog.close();
    presentNext();
  }

  /** @param {string} text */
  function setError(text) {
    setText(byId("pin-error"), text);
    byId("pin-field").classList.toggle("wrong", text !== "");
    pin.setAttribute("aria-invalid", String(text !== ""));
    if (text === "" || phase !== "asking") return;
    pin.value = "";
    pin.focus();
  }

  /** Disables approval while the PIN is locked. */
  function updateLock() {
    const until = state?.pin.lockedUntil ?? null;
    const isLocked = until !== null && until > now();
    const helpText = byId("pin-help");
    setText(helpText, isLocked ? formatLock(until) : help);
    helpText.classList.toggle("warn", isLocked);
    pin.disabled = isLocked;
    byId("prompt-send").toggleAttribute("disabled", isLocked || phase === "sending");
  }

  function tick() {
    if (current === null || phase === "over") return;
    const leftMs = Math.max(0, current.expiresAt - now());
    const secondsLeft = Math.ceil(leftMs / 1000);
    setText(
      byId("countdown"),
      `${Math.floor(secondsLeft / 60)}:${String(secondsLeft % 60).padStart(2, "0")}`,
    );
    const lifetimeMs = Math.max(1, current.expiresAt - current.shownAt);
    byId("time-left").style.setProperty("--left", String(Math.min(1, leftMs / lifetimeMs)));
    dialog.classList.toggle("hurry", secondsLeft <= 15);
    const announced = announcedSeconds.find((seconds) => secondsLeft <= seconds && lastSecondsLeft > seconds);
    if (announced !== undefined && lastSecondsLeft !== Infinity) announce(`${announced} seconds left.`);
    lastSecondsLeft = secondsLeft;
    if (phase === "asking") updateLock();
  }

  return { render, tick };
}
