/** What the network pushes onto the screen: a request for the PIN, over whatever is shown. */
import { now, timeOfDay } from "./clock.js";
import { byId, dialogById, inputById, make, pageData, setText } from "./dom.js";
import { money } from "./money.js";
import { press } from "./server.js";

/** @typedef {import("../events.ts").Picture} Picture */
/** @typedef {import("../../handset/phone.ts").Prompt} Prompt */
/** @typedef {import("../../handset/phone.ts").EndedPrompt} EndedPrompt */

/**
 * `asking` waits for the customer, `sending` for the server, `sent` for the outcome; `over` shows it.
 * @typedef {"asking" | "sending" | "sent" | "over"} Phase
 */

/** Seconds left at which a listener is told. */
const spokenSeconds = [60, 30, 10];

/** @param {number} until */
const locked = (until) => `Your PIN is locked until ${timeOfDay(until)}.`;

const startPin = pageData("startPin");
const help =
  startPin === ""
    ? "Enter it only if you expect this request."
    : `This test phone began with PIN ${startPin}.`;

const nothingTaken = "Nothing was taken.";

/** @param {Prompt} prompt */
const whatWasApproved = ({ kind, amount, organisation, terms }) =>
  kind === "payment" ? `${money(amount)} to ${organisation.name}` : `${organisation.name}: ${terms}`;

/** @param {(text: string) => void} say */
export function startPrompt(say) {
  const dialog = dialogById("prompt");
  const pin = inputById("pin");
  /** @type {Picture | null} */
  let state = null;
  /** @type {Prompt | null} */
  let current = null;
  /** @type {Phase} */
  let phase = "asking";
  let lastSeconds = Infinity;
  /** Prompts that were closed here: they are not brought up again while the server catches up. */
  const done = new Set();
  let mayReturn = false;

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

  /** @param {Picture} next */
  function show(next) {
    state = next;
    if (next.signal === "off" && current !== null) close();
    if (current === null) bringUp();
    else follow(current);
  }

  function bringUp() {
    const waiting =
      state?.signal === "off" ? undefined : state?.prompts.find(({ paymentId }) => !done.has(paymentId));
    if (waiting === undefined) return;
    current = waiting;
    lastSeconds = Infinity;
    pin.value = "";
    fail("");
    describe(waiting);
    enter("asking");
    if (!dialog.open) dialog.showModal();
    pin.focus();
    tick();
  }

  /**
   * The prompt on the screen may have ended: here, on another page, or by its time.
   * @param {Prompt} prompt
   */
  function follow(prompt) {
    if (phase === "over") return;
    const ended = state?.ended.find(({ paymentId }) => paymentId === prompt.paymentId);
    const until = state?.pin.lockedUntil ?? null;
    if (ended?.ending === "wrong_pin" && until !== null) finish("bad", locked(until), nothingTaken);
    else if (ended?.ending === "approved") finish("good", ended.says, whatWasApproved(prompt));
    else if (ended !== undefined) finish("bad", ended.says, nothingTaken);
    else if (
      state?.prompts.every(({ paymentId }) => paymentId !== prompt.paymentId) === true &&
      phase !== "sending"
    )
      close();
    else refuseWhileLocked();
  }

  /** @param {Prompt} prompt */
  function describe({ kind, organisation, amount, reference, terms }) {
    const payment = kind === "payment";
    setText(byId("prompt-kind"), payment ? "M-Pesa payment request" : "M-Pesa direct debit request");
    setText(
      byId("prompt-title"),
      payment ? `Pay ${organisation.name}?` : `Let ${organisation.name} collect from your account?`,
    );
    setText(byId("prompt-amount"), payment ? money(amount) : (terms ?? ""));
    byId("prompt-amount").dataset["kind"] = kind;
    const facts = [
      ["Business number", organisation.shortcode],
      ["Reference", reference],
      ...(payment ? [] : [["Nothing is taken now", "You can end it in the menu at any time."]]),
    ].filter(([, value]) => value !== "");
    byId("prompt-facts").replaceChildren(
      ...facts.map(([name = "", value = ""]) => make("div", "", make("dt", "", name), make("dd", "", value))),
    );
    byId("prompt-send").textContent = payment ? "Send" : "Agree";
  }

  /** @param {Phase} next */
  function enter(next) {
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
    refuseWhileLocked();
  }

  async function approve() {
    if (current === null) return;
    if (!/^\d{4,6}$/.test(pin.value)) return fail("A PIN has 4 to 6 digits.");
    const { paymentId } = current;
    fail("");
    enter("sending");
    const answer = await press("answer", { paymentId, says: "approve", pin: pin.value });
    heard(paymentId, answer);
  }

  async function decline() {
    if (current === null || phase !== "asking") return;
    const { paymentId } = current;
    enter("sending");
    const answer = await press("answer", { paymentId, says: "decline" });
    if (answer["outcome"] !== "accepted") heard(paymentId, answer);
    else if (current?.paymentId === paymentId) {
      close();
      say("The request is cancelled.");
    }
  }

  /**
   * @param {string} paymentId
   * @param {Record<string, any>} answer
   */
  function heard(paymentId, answer) {
    // Its ending may have come first, by the live picture.
    if (current?.paymentId !== paymentId || phase !== "sending") return;
    switch (answer["outcome"]) {
      case "accepted":
        return wait();
      case "wrong_pin":
        enter("asking");
        return fail(`Wrong PIN. ${answer["left"] === 1 ? "1 try is" : `${answer["left"]} tries are`} left.`);
      case "locked":
        // Unless it was this try that locked it, the request itself still waits.
        mayReturn = true;
        return finish("bad", locked(answer["until"]), nothingTaken);
      case "prompt_not_open":
        return finish("bad", "This request is over: your answer came too late.", nothingTaken);
      case "no_signal":
        enter("asking");
        return fail("No signal. Your answer did not get through.");
      default:
        enter("asking");
        return fail(answer["error"] ?? "This did not work. Try again.");
    }
  }

  /** The answer is in; what came of it is on its way. */
  function wait() {
    if (current === null) return;
    enter("sent");
    byId("prompt-outcome").dataset["outcome"] = "wait";
    setText(byId("outcome-text"), "Request sent …");
    setText(byId("outcome-detail"), "The confirmation comes by message.");
    byId("outcome-text").focus();
    follow(current);
  }

  /**
   * @param {"good" | "bad"} outcome
   * @param {string} says
   * @param {string} detail
   */
  function finish(outcome, says, detail) {
    enter("over");
    byId("prompt-outcome").dataset["outcome"] = outcome;
    setText(byId("outcome-text"), says);
    setText(byId("outcome-detail"), detail);
    byId("prompt-close").focus();
    say(`${says} ${detail}`);
  }

  function close() {
    if (current !== null && !mayReturn) done.add(current.paymentId);
    mayReturn = false;
    current = null;
    pin.value = "";
    dialog.close();
    bringUp();
  }

  /** @param {string} text */
  function fail(text) {
    setText(byId("pin-error"), text);
    byId("pin-field").classList.toggle("wrong", text !== "");
    pin.setAttribute("aria-invalid", String(text !== ""));
    if (text === "" || phase !== "asking") return;
    pin.value = "";
    pin.focus();
  }

  /** While the PIN is locked nobody can approve; when the time is over they can again. */
  function refuseWhileLocked() {
    const until = state?.pin.lockedUntil ?? null;
    const isLocked = until !== null && until > now();
    const note = byId("pin-help");
    setText(note, isLocked ? locked(until) : help);
    note.classList.toggle("warn", isLocked);
    pin.disabled = isLocked;
    byId("prompt-send").toggleAttribute("disabled", isLocked || phase === "sending");
  }

  function tick() {
    if (current === null || phase === "over") return;
    const left = Math.max(0, current.expiresAt - now());
    const whole = Math.ceil(left / 1000);
    setText(byId("countdown"), `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`);
    const life = Math.max(1, current.expiresAt - current.shownAt);
    byId("time-left").style.setProperty("--left", String(Math.min(1, left / life)));
    dialog.classList.toggle("hurry", whole <= 15);
    const spoken = spokenSeconds.find((seconds) => whole <= seconds && lastSeconds > seconds);
    if (spoken !== undefined && lastSeconds !== Infinity) say(`${spoken} seconds left.`);
    lastSeconds = whole;
    if (phase === "asking") refuseWhileLocked();
  }

  return { show, tick };
}
