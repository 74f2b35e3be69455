/** The business clock: counts from the last value that the server sent, unless the clock is stopped. */
import { pageData } from "./dom.js";
import { words } from "./words.js";

let serverClock = { now: Date.now(), at: performance.now(), frozen: false };

/**
 * @param {number} now
 * @param {boolean} frozen
 */
export function setClock(now, frozen) {
  serverClock = { now, at: performance.now(), frozen };
}

export const isFrozen = () => serverClock.frozen;

/** Business time, in milliseconds since 1970. */
export const now = () =>
  serverClock.frozen ? serverClock.now : serverClock.now + (performance.now() - serverClock.at);

const timeZone = pageData("timeZone");
const formats = {
  time: new Intl.DateTimeFormat(words.locale, {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }),
  date: new Intl.DateTimeFormat(words.locale, { timeZone, weekday: "long", day: "numeric", month: "long" }),
  day: new Intl.DateTimeFormat(words.locale, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  }),
};

/** @param {number} at */
export const formatTime = (at) => formats.time.format(at);
/** @param {number} at */
export const formatLongDate = (at) => formats.date.format(at);
/** @param {number} at */
export function formatDayName(at) {
  const day = formats.day.format(at);
  if (day === formats.day.format(now())) return words.today;
  if (day === formats.day.format(now() - 24 * 60 * 60 * 1000)) return words.yesterday;
  return day;
}
