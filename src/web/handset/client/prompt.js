/** The dialog of a payment or mandate request, over the current screen: from the request to its outcome. */
import { announce } from "./announce.js";
import { formatTime } from "./clock.js";
import { byId } from "./dom.js";
import { formatMoney } from "./money.js";
import {
  dialog,
  pin,
  renderOutcome,
  renderPhase,
  renderPinError,
  renderPinLock,
  renderPrompt,
  renderTimeLeft,
} from "./prompt-view.js";
import { postAction } from "./server.js";
import { words } from "./words.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */
/** @typedef {import("../../../handset/handset-api.ts").Prompt} Prompt */
/** @typedef {import("./prompt-view.js").Phase} Phase */

/** Seconds left that are announced to screen readers. */
const announcedSeconds = [60, 30, 10];

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

export function mountPrompt() {
  byId("prompt-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (phase === "over") close();
    else if (phase === "asking") void approve();
  });
  byId("prompt-cancel").addEventListener("click", () => void decline());
  byId("prompt-block").addEventListener("click", () => void block());
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
  return { render, tick };
}

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
  if (ended?.ending === "wrong_pin" && until !== null) finishLocked(until);
  else if (ended?.ending === "approved") finish("good", ended.says, describeApproval(prompt));
  else if (ended !== undefined) finish("bad", ended.says, words.nothingTaken);
  else if (
    state?.prompts.every(({ paymentId }) => paymentId !== prompt.paymentId) === true &&
    phase !== "sending"
  )
    close();
  else updateLock();
}

/** @param {Prompt} prompt */
const describeApproval = ({ kind, amount, organisation, terms }) =>
  kind === "payment"
    ? words.paymentApproved(formatMoney(amount), organisation.name)
    : words.mandateApproved(organisation.name, terms ?? "");

/** @param {Phase} next */
function setPhase(next) {
  phase = next;
  renderPhase(next);
  updateLock();
}

const updateLock = () => renderPinLock(state?.pin.lockedUntil ?? null, phase);

async function approve() {
  if (current === null) return;
  if (!/^\d{4,6}$/.test(pin.value)) return setError(words.pinShape);
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
    announce(words.requestCancelled);
  }
}

/** Blocks the organisation. The server then declines its open requests, this one too. */
async function block() {
  if (current === null || phase !== "asking") return;
  const { paymentId, organisation } = current;
  setPhase("sending");
  const response = await postAction("block", { shortcode: organisation.shortcode });
  if (current?.paymentId !== paymentId) return;
  if (response["outcome"] === "accepted") {
    close();
    announce(words.organisationBlocked(organisation.name));
  } else {
    setPhase("asking");
    const text = response["outcome"] === "too_many_blocked" ? words.tooManyBlocked : response["error"];
    setError(text ?? words.somethingWentWrong);
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
      return setError(words.wrongPin(response["left"]));
    case "locked":
      // If the PIN was locked before this attempt, the request is still open.
      canReopen = response["promptEnded"] !== true;
      return finishLocked(response["until"]);
    case "prompt_not_open":
      return finish("bad", words.answeredTooLate, words.nothingTaken);
    case "no_signal":
      setPhase("asking");
      return setError(words.answerNotSent);
    default:
      setPhase("asking");
      return setError(response["error"] ?? words.somethingWentWrong);
  }
}

/** The server has accepted the answer; the outcome arrives by the event stream. */
function awaitOutcome() {
  if (current === null) return;
  setPhase("sent");
  renderOutcome("wait", words.requestSent, words.confirmationFollows);
  byId("outcome-text").focus();
  update(current);
}

/** @param {number} until */
const finishLocked = (until) => finish("bad", words.yourPinLocked(formatTime(until)), words.nothingTaken);

/**
 * @param {"good" | "bad"} outcome
 * @param {string} message
 * @param {string} detail
 */
function finish(outcome, message, detail) {
  setPhase("over");
  renderOutcome(outcome, message, detail);
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

/** @param {string} text empty: no error */
function setError(text) {
  renderPinError(text);
  if (text === "" || phase !== "asking") return;
  pin.value = "";
  pin.focus();
}

function tick() {
  if (current === null || phase === "over") return;
  const secondsLeft = renderTimeLeft(current);
  const announced = announcedSeconds.find((seconds) => secondsLeft <= seconds && lastSecondsLeft > seconds);
  if (announced !== undefined && lastSecondsLeft !== Infinity) announce(words.secondsLeft(announced));
  lastSecondsLeft = secondsLeft;
  if (phase === "asking") updateLock();
}
