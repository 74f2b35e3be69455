/** The dialog of a USSD session. */
import { byId, dialogById, inputById, setText } from "./dom.js";
import { postAction } from "./server.js";
import { words } from "./words.js";

/** @typedef {import("../ussd-sessions.ts").UssdResponse} UssdResponse */

export function mountUssd() {
  const dialog = dialogById("ussd");
  const input = inputById("ussd-input");
  /** @type {string | null} */
  let session = null;
  let isWaiting = false;
  /** Responses to requests from before the dialog was closed are ignored. */
  let requestNumber = 0;

  byId("ussd-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (isWaiting) return;
    if (session === null) hangUp();
    else void sendInput({ session, input: input.value });
  });
  byId("ussd-cancel").addEventListener("click", hangUp);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    hangUp();
  });

  /** @param {string} code */
  function dial(code) {
    session = null;
    setText(byId("ussd-text"), "");
    if (!dialog.open) dialog.showModal();
    void sendInput({ input: code });
  }

  /** @param {{ session?: string, input: string }} body */
  async function sendInput(body) {
    requestNumber += 1;
    const thisRequest = requestNumber;
    setRunning(true);
    const response = await postAction("ussd", body);
    if (thisRequest !== requestNumber) return;
    setRunning(false);
    render(
      response.error === undefined
        ? { session: response["session"], text: response["text"], reply: response["reply"] }
        : { session: null, text: response.error, reply: null },
    );
  }

  /** @param {UssdResponse} response */
  function render({ session: nextSession, text, reply }) {
    session = nextSession;
    setText(byId("ussd-text"), text);
    const expectsInput = reply !== null;
    byId("ussd-field").hidden = !expectsInput;
    byId("ussd-cancel").hidden = !expectsInput;
    byId("ussd-send").textContent = expectsInput ? words.ussdSend : words.ussdEnd;
    input.value = "";
    input.type = reply === "pin" ? "password" : "text";
    setText(byId("ussd-label"), reply === "pin" ? words.ussdPin : words.ussdReply);
    (expectsInput ? input : byId("ussd-send")).focus();
  }

  /** @param {boolean} isRunning */
  function setRunning(isRunning) {
    isWaiting = isRunning;
    dialog.classList.toggle("running", isRunning);
    byId("ussd-send").toggleAttribute("disabled", isRunning);
    if (!isRunning) return;
    byId("ussd-field").hidden = session === null;
    byId("ussd-cancel").hidden = false;
    if (session === null) {
      setText(byId("ussd-text"), words.ussdRunning);
      byId("ussd-cancel").focus();
    }
  }

  function hangUp() {
    requestNumber += 1;
    session = null;
    input.value = "";
    dialog.close();
  }

  return { dial };
}
