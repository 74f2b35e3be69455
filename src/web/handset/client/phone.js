/** The handset: switches between screens and renders the state. */
import { isFrozen, formatLongDate, now, setClock, formatTime } from "./clock.js";
import { byId, pageData, setText } from "./dom.js";
import { mountDialler } from "./dialler.js";
import { mountInbox } from "./inbox.js";
import { formatMsisdn } from "./money.js";
import { mountNetwork } from "./network.js";
import { mountPrompt } from "./prompt.js";
import { postAction, watchHandset } from "./server.js";
import { mountUssd } from "./ussd.js";
import { words } from "./words.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */

const screens = ["home", "inbox", "dialler", "network"].filter((id) => document.getElementById(id) !== null);
let currentScreen = "home";

/**
 * Shows a screen and moves the keyboard focus to its beginning.
 * @param {string} id
 */
function goTo(id) {
  const previous = currentScreen;
  currentScreen = id;
  for (const screen of screens) byId(screen).hidden = screen !== id;
  byId("glass").dataset["screen"] = id;
  if (id === "home" && previous !== "home") document.getElementById(`open-${previous}`)?.focus();
  else if (id === "dialler") dialler.focus();
  else byId(id).querySelector("h2")?.focus();
  inbox.onScreenChange(id);
}

const ussd = mountUssd();
const dialler = mountDialler(ussd.dial);
const inbox = mountInbox(() => goTo("inbox"));
const prompt = mountPrompt();
const network = mountNetwork();

for (const id of ["inbox", "dialler", "network"]) {
  document.getElementById(`open-${id}`)?.addEventListener("click", () => goTo(id));
}
byId("open-menu").addEventListener("click", () => ussd.dial(pageData("menuCode")));
for (const back of document.querySelectorAll("[data-home]"))
  back.addEventListener("click", () => goTo("home"));
document.addEventListener("keydown", (event) => {
  const inDialog = document.querySelector("dialog[open]") !== null;
  if (event.key === "Escape" && !inDialog && currentScreen !== "home") goTo("home");
});
document.getElementById("power")?.addEventListener("click", () => {
  void postAction("tell", { answer: "ask" });
});

/** @param {HandsetSnapshot} state */
function render(state) {
  setClock(state.now, state.frozen);
  const name = `${state.firstName} ${state.lastName}`;
  const isOff = state.signal === "off";
  setText(byId("about-name"), name);
  setText(byId("about-number"), formatMsisdn(state.msisdn));
  setText(byId("about-line"), pageData("operator"));
  setText(byId("sim"), `${name} · ${formatMsisdn(state.msisdn)}`);
  const wasOff = !byId("off").hidden;
  byId("off").hidden = !isOff;
  byId("glass").inert = isOff;
  if (isOff && !wasOff) document.getElementById("power")?.focus();
  const signal = byId("signal");
  signal.dataset["signal"] = state.signal;
  signal.setAttribute("aria-label", state.signal === "on" ? words.fullSignal : words.noSignal);
  inbox.render(state);
  prompt.render(state);
  network.render(state);
  const unread = inbox.countUnread();
  document.title = `${unread === 0 ? "" : `(${unread}) `}${name} · ${state.msisdn}`;
  document.body.dataset["ready"] = "true";
  tick();
}

function tick() {
  if (document.body.dataset["ready"] === undefined) return;
  const at = now();
  const time = formatTime(at);
  setText(byId("bar-time"), time);
  byId("bar-time").setAttribute("datetime", new Date(at).toISOString());
  setText(byId("home-time"), time);
  setText(byId("home-date"), formatLongDate(at));
  byId("bar-frozen").hidden = !isFrozen();
  prompt.tick();
}

watchHandset({
  onSnapshot: render,
  onConnectionChange(connected) {
    document.body.dataset["link"] = connected ? "live" : "lost";
    setText(byId("link"), connected ? words.connected : words.reconnecting);
  },
  onGone: () => location.reload(),
});
setInterval(tick, 250);
goTo("home");
