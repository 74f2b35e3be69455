/** Formats amounts and numbers. */
import { pageData } from "./dom.js";

/**
 * `TZS 1,234.50`: adds thousands separators to a decimal string.
 * @param {string} amount
 */
export function formatMoney(amount) {
  const [whole = "0", fraction] = amount.split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${pageData("moneyPrefix")}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/**
 * `+255 750 000 101`, `+266 5000 0101`.
 * @param {string} msisdn
 */
export function formatMsisdn(msisdn) {
  const subscriberNumber = msisdn.slice(3);
  const groups = subscriberNumber.match(subscriberNumber.length % 4 === 0 ? /\d{4}/g : /\d{1,3}/g) ?? [];
  return `+${msisdn.slice(0, 3)} ${groups.join(" ")}`;
}
