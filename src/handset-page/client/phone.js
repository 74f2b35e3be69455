/** The phone: which screen is shown, and everything that its state says on it. */
import { isFrozen, longDate, now, setClock, timeOfDay } from "./clock.js";
import { byId, pageData, setText } from "./dom.js";
import { startDialler } from "./dialler.js";
import { startInbox } from "./inbox.js";
import { spaced } from "./money.js";
import { startNetwork } from "./network.js";
import { startPrompt } from "./prompt.js";
import { press, watchPhone } from "./server.js";
import { startUssd } from "./ussd.js";

/** @typedef {import("../events.ts").Picture} Picture */

const screens = ["home", "inbox", "dialler", "network"].filter((id) => document.getElementById(id) !== null);
let shown = "home";

/**
 * Shows a screen and puts the focus where it begins, so that a keyboard is where the eye is.
 * @param {string} id
 */
function open(id) {
  const from = shown;
  shown = id;
  for (const screen of screens) byId(screen).hidden = screen !== id;
  byId("glass").dataset["screen"] = id;
  if (id === "home" && from !== "home") document.getElementById(`open-${from}`)?.focus();
  else if (id === "dialler") dialler.focus();
  else byId(id).querySelector("h2")?.focus();
  inbox.onScreen(id);
}

/**
 * Says something to whoever listens to the page instead of looking at it.
 * @param {string} text
 */
function say(text) {
  // What is behind an open dialog is not read out: each of the two has a place of its own.
  const prompt = byId("prompt");
  const place = prompt instanceof HTMLDialogElement && prompt.open ? byId("prompt-say") : byId("say");
  place.textContent = "";
  // In two steps, so that the same words twice are two announcements.
  setTimeout(() => (place.textContent = text), 50);
}

const ussd = startUssd();
const dialler = startDialler(ussd.dial);
const inbox = startInbox({ say, openInbox: () => open("inbox") });
const prompt = startPrompt(say);
const network = startNetwork();

for (const id of ["inbox", "dialler", "network"]) {
  document.getElementById(`open-${id}`)?.addEventListener("click", () => open(id));
}
byId("open-menu").addEventListener("click", () => ussd.dial(pageData("menuCode")));
for (const back of document.querySelectorAll("[data-home]"))
  back.addEventListener("click", () => open("home"));
document.addEventListener("keydown", (event) => {
  const inDialog = document.querySelector("dialog[open]") !== null;
  if (event.key === "Escape" && !inDialog && shown !== "home") open("home");
});
document.getElementById("power")?.addEventListener("click", () => {
  void press("tell", { answer: "ask" });
});

/** @param {Picture} state */
function show(state) {
  setClock(state.now, state.frozen);
  const name = `${state.firstName} ${state.lastName}`;
  const isOff = state.signal === "off";
  setText(byId("about-name"), name);
  setText(byId("about-number"), spaced(state.msisdn));
  setText(byId("about-line"), pageData("operator"));
  setText(byId("sim"), `${name} · ${spaced(state.msisdn)}`);
  const wasOff = !byId("off").hidden;
  byId("off").hidden = !isOff;
  byId("glass").inert = isOff;
  if (isOff && !wasOff) document.getElementById("power")?.focus();
  const signal = byId("signal");
  signal.dataset["signal"] = state.signal;
  signal.setAttribute("aria-label", state.signal === "on" ? "Signal: full" : "No signal");
  inbox.show(state);
  prompt.show(state);
  network.show(state);
  const unread = inbox.unread();
  document.title = `${unread === 0 ? "" : `(${unread}) `}${name} · ${state.msisdn}`;
  document.body.dataset["ready"] = "true";
  tick();
}

function tick() {
  if (document.body.dataset["ready"] === undefined) return;
  const at = now();
  const time = timeOfDay(at);
  setText(byId("bar-time"), time);
  byId("bar-time").setAttribute("datetime", new Date(at).toISOString());
  setText(byId("home-time"), time);
  setText(byId("home-date"), longDate(at));
  byId("bar-frozen").hidden = !isFrozen();
  prompt.tick();
}

watchPhone({
  onPicture: show,
  onLink(connected) {
    document.body.dataset["link"] = connected ? "live" : "lost";
    setText(byId("link"), connected ? "Connected" : "No connection to the server. Trying again …");
  },
  onGone: () => location.reload(),
});
setInterval(tick, 250);
open("home");
