/** Formats amounts, dates and times for the USSD menu. */

/** `TZS 1,234.50`: adds thousands separators to a decimal string. `prefix` is what is written before it: `TZS `. */
export function formatMoney(amount: string, prefix: string): string {
  const [whole = "0", fraction] = amount.split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${prefix}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** `21/11`, in the market's local time. */
export function formatDayMonth(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, day: "2-digit", month: "2-digit" }).format(at);
}

/** `09:41`, in the market's local time. */
export function formatTime(at: number, timeZone: string): string {
  const format = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(at);
}
