/** Messages: the list, the unread count, and the banner for a new message. */
import { formatDayName, formatTime } from "./clock.js";
import { byId, createElement, pageData, setText } from "./dom.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */
/** @typedef {import("../../../handset/handset-api.ts").TextMessage} TextMessage */

const bannerMs = 6000;
const maxNotices = 3;

/**
 * The id of the last message read is stored in this browser, as a real phone would do.
 * @param {{ announce: (text: string) => void, goToInbox: () => void }} options
 */
export function mountInbox({ announce, goToInbox }) {
  const key = `read ${pageData("base")}`;
  /** @type {readonly TextMessage[]} */
  let messages = [];
  /** @type {bigint | null} */
  let newestId = null;
  let isOpen = false;
  /** The home screen lists new messages, so no banner is shown there. */
  let noticesVisible = true;
  /** Messages after this id are marked as new while the list is open. */
  let highlightAfter = readMark();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  byId("banner").addEventListener("click", () => {
    hideBanner();
    goToInbox();
  });

  /** @param {HandsetSnapshot} state */
  function render({ messages: newMessages }) {
    messages = newMessages;
    const topId = newMessages[0] === undefined ? 0n : BigInt(newMessages[0].id);
    // A restored sandbox has lower message ids.
    if (readMark() > topId) saveReadMark(topId);
    if (newestId !== null && topId > newestId && newMessages[0] !== undefined)
      announceMessage(newMessages[0]);
    newestId = topId;
    if (isOpen) saveReadMark(topId);
    renderList();
  }

  /** @param {TextMessage} message */
  function announceMessage({ text }) {
    announce(`New message from M-PESA. ${text}`);
    if (isOpen || noticesVisible) return;
    setText(byId("banner-text"), text);
    byId("banner").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(hideBanner, bannerMs);
  }

  function hideBanner() {
    byId("banner").hidden = true;
  }

  function renderList() {
    const count = countUnread();
    const badge = byId("unread");
    badge.hidden = count === 0;
    setText(badge, count === 0 ? "" : String(count));
    byId("open-inbox").setAttribute("aria-label", count === 0 ? "Messages" : `Messages, ${count} unread`);
    setText(byId("inbox-count"), messages.length === 1 ? "1 message" : `${messages.length} messages`);
    byId("no-messages").hidden = messages.length > 0;
    byId("messages").hidden = messages.length === 0;
    byId("messages").replaceChildren(...createBubbles());
    const notices = messages.filter(({ id }) => BigInt(id) > readMark()).slice(0, maxNotices);
    byId("notices").replaceChildren(...notices.map(createNotice));
  }

  function createBubbles() {
    let day = "";
    return messages.flatMap(({ id, at, text }) => {
      const isNew = BigInt(id) > highlightAfter;
      const bubble = createElement(
        "li",
        isNew ? "bubble new" : "bubble",
        createElement("p", "", text),
        createElement("time", "", formatTime(at)),
      );
      if (isNew) bubble.prepend(createElement("span", "unseen", "New:"));
      const dayLabel = formatDayName(at);
      if (dayLabel === day) return [bubble];
      day = dayLabel;
      const label = createElement("li", "day", dayLabel);
      return [label, bubble];
    });
  }

  /** @param {TextMessage} message */
  function createNotice({ at, text }) {
    const button = createElement(
      "button",
      "notice",
      createElement(
        "span",
        "notice-top",
        createElement("b", "", "M-PESA"),
        createElement("time", "", formatTime(at)),
      ),
      createElement("span", "notice-text", text),
    );
    button.setAttribute("type", "button");
    button.addEventListener("click", goToInbox);
    return createElement("li", "", button);
  }

  /** @param {string} screen */
  function onScreenChange(screen) {
    const isInbox = screen === "inbox";
    noticesVisible = screen === "home";
    if (noticesVisible) hideBanner();
    if (isInbox === isOpen) return;
    isOpen = isInbox;
    highlightAfter = readMark();
    if (isInbox) {
      hideBanner();
      saveReadMark(newestId ?? 0n);
    }
    renderList();
  }

  const countUnread = () => messages.filter(({ id }) => BigInt(id) > readMark()).length;

  function readMark() {
    try {
      const stored = localStorage.getItem(key) ?? "0";
      return /^\d+$/.test(stored) ? BigInt(stored) : 0n;
    } catch {
      return 0n;
    }
  }

  /** @param {bigint} id */
  function saveReadMark(id) {
    try {
      localStorage.setItem(key, String(id));
    } catch {
      // Without storage every message is shown as new.
    }
  }

  return { render, onScreenChange, countUnread };
}
