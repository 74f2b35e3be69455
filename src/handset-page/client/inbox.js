/** Messages: the list, what is unread, and the announcement of a new one. */
import { dayName, timeOfDay } from "./clock.js";
import { byId, make, pageData, setText } from "./dom.js";

/** @typedef {import("../events.ts").Picture} Picture */
/** @typedef {import("../../handset/phone.ts").TextMessage} TextMessage */

const bannerMs = 6000;
const noticesMost = 3;

/**
 * Which message was read last is this browser's own knowledge: on a phone, too, it is the phone that knows.
 * @param {{ say: (text: string) => void, openInbox: () => void }} options
 */
export function startInbox({ say, openInbox }) {
  const key = `read ${pageData("base")}`;
  /** @type {readonly TextMessage[]} */
  let messages = [];
  /** @type {bigint | null} */
  let newest = null;
  let open = false;
  /** The home screen lists what is new: a banner over it would say everything twice. */
  let atHome = true;
  /** What was read before the list was opened: the marks stay while somebody looks. */
  let markedFrom = readMark();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  byId("banner").addEventListener("click", () => {
    hideBanner();
    openInbox();
  });

  /** @param {Picture} state */
  function show({ messages: next }) {
    messages = next;
    const top = next[0] === undefined ? 0n : BigInt(next[0].id);
    // A sandbox that was put back to an earlier moment counts on from there.
    if (readMark() > top) keepMark(top);
    if (newest !== null && top > newest && next[0] !== undefined) announce(next[0]);
    newest = top;
    if (open) keepMark(top);
    draw();
  }

  /** @param {TextMessage} message */
  function announce({ text }) {
    say(`New message from M-PESA. ${text}`);
    if (open || atHome) return;
    setText(byId("banner-text"), text);
    byId("banner").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(hideBanner, bannerMs);
  }

  function hideBanner() {
    byId("banner").hidden = true;
  }

  function draw() {
    const count = unread();
    const badge = byId("unread");
    badge.hidden = count === 0;
    setText(badge, count === 0 ? "" : String(count));
    byId("open-inbox").setAttribute("aria-label", count === 0 ? "Messages" : `Messages, ${count} unread`);
    setText(byId("inbox-count"), messages.length === 1 ? "1 message" : `${messages.length} messages`);
    byId("no-messages").hidden = messages.length > 0;
    byId("messages").hidden = messages.length === 0;
    byId("messages").replaceChildren(...bubbles());
    const notices = messages.filter(({ id }) => BigInt(id) > readMark()).slice(0, noticesMost);
    byId("notices").replaceChildren(...notices.map(notice));
  }

  function bubbles() {
    let day = "";
    return messages.flatMap(({ id, at, text }) => {
      const isNew = BigInt(id) > markedFrom;
      const bubble = make(
        "li",
        isNew ? "bubble new" : "bubble",
        make("p", "", text),
        make("time", "", timeOfDay(at)),
      );
      if (isNew) bubble.prepend(make("span", "unseen", "New:"));
      const from = dayName(at);
      if (from === day) return [bubble];
      day = from;
      const label = make("li", "day", from);
      return [label, bubble];
    });
  }

  /** @param {TextMessage} message */
  function notice({ at, text }) {
    const button = make(
      "button",
      "notice",
      make("span", "notice-top", make("b", "", "M-PESA"), make("time", "", timeOfDay(at))),
      make("span", "notice-text", text),
    );
    button.setAttribute("type", "button");
    button.addEventListener("click", openInbox);
    return make("li", "", button);
  }

  /** @param {string} screen */
  function onScreen(screen) {
    const is = screen === "inbox";
    atHome = screen === "home";
    if (atHome) hideBanner();
    if (is === open) return;
    open = is;
    markedFrom = readMark();
    if (is) {
      hideBanner();
      keepMark(newest ?? 0n);
    }
    draw();
  }

  const unread = () => messages.filter(({ id }) => BigInt(id) > readMark()).length;

  function readMark() {
    try {
      const kept = localStorage.getItem(key) ?? "0";
      return /^\d+$/.test(kept) ? BigInt(kept) : 0n;
    } catch {
      return 0n;
    }
  }

  /** @param {bigint} id */
  function keepMark(id) {
    try {
      localStorage.setItem(key, String(id));
    } catch {
      // A browser that keeps nothing shows everything as new: no harm.
    }
  }

  return { show, onScreen, unread };
}
