/** A USSD session: the network's text, a reply, the next text. */
import { byId, dialogById, inputById, setText } from "./dom.js";
import { press } from "./server.js";

/** @typedef {import("../ussd.ts").Reply} Reply */

export function startUssd() {
  const dialog = dialogById("ussd");
  const input = inputById("ussd-input");
  /** @type {string | null} */
  let session = null;
  let waiting = false;
  /** Answers to what was asked before the dialog was closed come too late. */
  let turn = 0;

  byId("ussd-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (waiting) return;
    if (session === null) hangUp();
    else void ask({ session, input: input.value });
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
    void ask({ input: code });
  }

  /** @param {{ session?: string, input: string }} asked */
  async function ask(asked) {
    turn += 1;
    const asking = turn;
    running(true);
    const answer = await press("ussd", asked);
    if (asking !== turn) return;
    running(false);
    show(
      answer.error === undefined
        ? { session: answer["session"], text: answer["text"], reply: answer["reply"] }
        : { session: null, text: answer.error, reply: null },
    );
  }

  /** @param {Reply} reply */
  function show({ session: next, text, reply }) {
    session = next;
    setText(byId("ussd-text"), text);
    const asks = reply !== null;
    byId("ussd-field").hidden = !asks;
    byId("ussd-cancel").hidden = !asks;
    byId("ussd-send").textContent = asks ? "Send" : "OK";
    input.value = "";
    input.type = reply === "pin" ? "password" : "text";
    setText(byId("ussd-label"), reply === "pin" ? "PIN" : "Reply");
    (asks ? input : byId("ussd-send")).focus();
  }

  /** @param {boolean} is */
  function running(is) {
    waiting = is;
    dialog.classList.toggle("running", is);
    byId("ussd-send").toggleAttribute("disabled", is);
    if (!is) return;
    byId("ussd-field").hidden = session === null;
    byId("ussd-cancel").hidden = false;
    if (session === null) {
      setText(byId("ussd-text"), "USSD code running …");
      byId("ussd-cancel").focus();
    }
  }

  function hangUp() {
    turn += 1;
    session = null;
    input.value = "";
    dialog.close();
  }

  return { dial };
}
