/** Messages: the list, the unread count, and the banner for a new message. */
import { announce } from "./announce.js";
import { byId, setText } from "./dom.js";
import { createBubbles, createNotice } from "./message-list.js";
import { getReadMark, saveReadMark } from "./read-mark.js";
import { words } from "./words.js";

/** @typedef {import("../events.ts").HandsetSnapshot} HandsetSnapshot */
/** @typedef {import("../../../handset/handset-api.ts").TextMessage} TextMessage */

const bannerMs = 6000;
const maxNotices = 3;

/** @param {() => void} goToInbox */
export function mountInbox(goToInbox) {
  /** @type {readonly TextMessage[]} */
  let messages = [];
  /** @type {bigint | null} */
  let newestId = null;
  let isOpen = false;
  /** The home screen lists new messages, so no banner is shown there. */
  let noticesVisible = true;
  /** Messages after this id are marked as new while the list is open. */
  let highlightAfter = getReadMark();
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
    if (getReadMark() > topId) saveReadMark(topId);
    if (newestId !== null && topId > newestId && newMessages[0] !== undefined)
      announceMessage(newMessages[0]);
    newestId = topId;
    if (isOpen) saveReadMark(topId);
    renderList();
  }

  /** @param {TextMessage} message */
  function announceMessage({ text }) {
    announce(words.newMessage(text));
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
    byId("open-inbox").setAttribute("aria-label", words.messages(count));
    setText(byId("inbox-count"), words.messageCount(messages.length));
    byId("no-messages").hidden = messages.length > 0;
    byId("messages").hidden = messages.length === 0;
    byId("messages").replaceChildren(...createBubbles(messages, highlightAfter));
    const notices = messages.filter(({ id }) => BigInt(id) > getReadMark()).slice(0, maxNotices);
    byId("notices").replaceChildren(...notices.map((message) => createNotice(message, goToInbox)));
  }

  /** @param {string} screen */
  function onScreenChange(screen) {
    const isInbox = screen === "inbox";
    noticesVisible = screen === "home";
    if (noticesVisible) hideBanner();
    if (isInbox === isOpen) return;
    isOpen = isInbox;
    highlightAfter = getReadMark();
    if (isInbox) {
      hideBanner();
      saveReadMark(newestId ?? 0n);
    }
    renderList();
  }

  const countUnread = () => messages.filter(({ id }) => BigInt(id) > getReadMark()).length;

  return { render, onScreenChange, countUnread };
}
