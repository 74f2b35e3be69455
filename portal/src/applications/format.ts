/** Times and numbers on the pages of applications. */
import { words } from "../words.ts";

const { applications } = words;
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

/** `6 min ago`, or the day. */
export function formatAgo(iso: string | null): string {
  if (iso === null) return applications.never;
  const minutes = Math.floor((Date.now() - Date.parse(iso)) / 60_000);
  if (minutes < 1) return applications.now;
  if (minutes < 60) return applications.minutesAgo(minutes);
  if (minutes < 1440) return applications.hoursAgo(Math.floor(minutes / 60));
  return formatDay(iso);
}

export const formatDay = (iso: string): string =>
  new Date(iso).toLocaleDateString(language, { day: "numeric", month: "short", year: "numeric" });

/** `27 Nov 2026, 16:18`. */
export const formatTime = (iso: string): string =>
  new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });

/** `27 Nov, 16:18`, for a time in the next days. */
export const formatShortTime = (iso: string): string =>
  new Date(iso).toLocaleString(language, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });

/** Separates thousands of a decimal text, without making a number of it. */
export const groupDigits = (text: string): string => {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined || /^0*$/.test(fraction) ? grouped : `${grouped}.${fraction}`;
};
