/** Creates the elements of messages: bubbles by day in the inbox, and notices on the home screen. */
import { formatDayName, formatTime } from "./clock.js";
import { createElement } from "./dom.js";
import { words } from "./words.js";

/** @typedef {import("../../../handset/handset-api.ts").TextMessage} TextMessage */

/**
 * @param {readonly TextMessage[]} messages
 * @param {bigint} highlightAfter messages after this id are marked as new
 */
export function createBubbles(messages, highlightAfter) {
  let day = "";
  return messages.flatMap(({ id, at, text }) => {
    const isNew = BigInt(id) > highlightAfter;
    const bubble = createElement(
      "li",
      isNew ? "bubble new" : "bubble",
      createElement("p", "", text),
      createElement("time", "", formatTime(at)),
    );
    if (isNew) bubble.prepend(createElement("span", "unseen", words.newMark));
    const dayLabel = formatDayName(at);
    if (dayLabel === day) return [bubble];
    day = dayLabel;
    return [createElement("li", "day", dayLabel), bubble];
  });
}

/**
 * @param {TextMessage} message
 * @param {() => void} onClick
 */
export function createNotice({ at, text }, onClick) {
  const button = createElement(
    "button",
    "notice",
    createElement(
      "span",
      "notice-top",
      createElement("b", "", words.sender),
      createElement("time", "", formatTime(at)),
    ),
    createElement("span", "notice-text", text),
  );
  button.setAttribute("type", "button");
  button.addEventListener("click", onClick);
  return createElement("li", "", button);
}
