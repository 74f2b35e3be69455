/** Times and durations as people read them. The server formats money. */
const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");

/** `16:18:04.112`, with the day in front unless it is today. In the time zone of the browser. */
export function formatLogTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  return at.toDateString() === now.toDateString() ? time : `${formatDay(at)} ${time.slice(0, 8)}`;
}

/** `16:18:04`, for narrow pages. */
export function formatShortTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return at.toDateString() === now.toDateString() ? time : `${formatDay(at)} ${time.slice(0, 5)}`;
}

const formatDay = (at: Date): string =>
  at.toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "short" });

/** `27 Nov 2026, 16:18:04`, in a time zone. */
export const formatDateTime = (iso: string, timeZone?: string): string =>
  new Date(iso).toLocaleString(
    document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang,
    {
      dateStyle: "medium",
      timeStyle: "medium",
      ...(timeZone === undefined ? {} : { timeZone }),
    },
  );

/** `16:18:04.112`, in a time zone. */
export const formatTimeIn = (iso: string, timeZone: string): string =>
  new Date(iso).toLocaleTimeString("en-GB", {
    timeZone,
    hour12: false,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  });

/** `9 ms`, `8.2 s`. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Indented JSON; any other text as it is. */
export function formatBody(text: string): { readonly text: string; readonly language: "json" | "text" } {
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 2), language: "json" };
  } catch {
    return { text, language: "text" };
  }
}
