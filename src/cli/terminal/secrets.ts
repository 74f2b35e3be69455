/** The secrets of an application when they are issued, for people. */
import { findProtocol } from "../../protocols/registry.ts";
import type { ProtocolName } from "../../protocols/protocol.ts";
import { style } from "./styles.ts";
import { formatLocalTime } from "./table.ts";

/** The secrets of a protocol by their names, such as `consumerKey`. */
export function formatSecrets(name: ProtocolName, secrets: Readonly<Record<string, string>>): string {
  const title = findProtocol(name)?.title ?? name;
  return Object.entries(secrets)
    .map(([secretName, secret], index) => {
      const heading = toWords(secretName) + (index === 0 ? ` of ${title} (shown only once)` : "");
      return `${heading}:\n${style("strong", secret)}`;
    })
    .join("\n\n");
}

/** The state of the secrets that were replaced. */
export const formatPreviousUntil = (until: Date | string | null): string =>
  until === null
    ? "The old ones are no longer valid."
    : `The old ones stay valid until ${formatLocalTime(until)}.`;

/** `Consumer key` of `consumerKey`, and `API key` of `apiKey`. */
function toWords(name: string): string {
  const words = name
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/^(?:api|sp) /, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The name of a protocol in JSON, as in `sandbox.json`: `ipgV1`. */
export const toJsonName = (name: ProtocolName): string =>
  name.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
