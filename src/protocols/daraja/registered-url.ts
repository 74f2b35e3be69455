/** The URLs of `registerurl`: beside the rules of every URL, some words are not allowed in them. */
import { callbackUrl, InvalidValue, type DarajaField } from "./fields.ts";

/** M-Pesa refuses a URL with one of these, in any case. A longer word comes before a part of it. */
const refusedWords = ["mpesa", "m-pesa", "safaricom", "exec", "exe", "cmd", "sql", "query"];

/** Hosts that lead to a developer's machine or show requests to everyone; not in live. */
const tunnelWords = ["ngrok", "mockbin", "requestbin"];

const findWord = (text: string, words: readonly string[]): string | undefined =>
  words.find((word) => text.toLowerCase().includes(word));

/** An http or https URL without the words that M-Pesa refuses. */
export function registeredUrl(options: Parameters<typeof callbackUrl>[0]): DarajaField<string, true> {
  const url = callbackUrl(options);
  return {
    ...url,
    format: `${url.format}; without the words ${refusedWords.join(", ")}; in live, no tunnel (${tunnelWords.join(", ")})`,
    parse(value, context) {
      const parsed = url.parse(value, context);
      if (parsed instanceof InvalidValue) return parsed;
      const word = findWord(parsed, refusedWords);
      if (word !== undefined) return toRefused(word);
      const { hostname } = new URL(parsed);
      const tunnel = context.environment === "live" ? findWord(hostname, tunnelWords) : undefined;
      return tunnel === undefined ? parsed : toRefused(tunnel);
    },
  };
}

function toRefused(word: string): InvalidValue {
  const detail = `URL has the word ${word.toUpperCase()}`;
  return new InvalidValue(`The ${detail}, which M-Pesa does not accept.`, detail);
}
