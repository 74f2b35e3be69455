/**
 * Which addresses a run may use. A run sends forged and concurrent requests, so it is limited to this machine
 * and private networks, unless the user confirms that the listener is their own.
 */
import type { LookupFunction } from "node:net";
import { validateAddress, resolveWithSystem, validateCallbackUrl } from "../callbacks/addresses.ts";
import { InvalidListenerUrl, ListenerCheckError } from "./errors.ts";
import type { Hook } from "./merchant-hooks.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

/**
 * Resolves the host of a URL. Throws `ListenerCheckError` if one of its addresses is public and
 * the user has not confirmed ownership, and `InvalidListenerUrl` for what is no URL of a listener.
 */
export async function resolveAddresses(
  url: string,
  option: string,
  isOwnListener: boolean,
): Promise<readonly Address[]> {
  const refusal = validateCallbackUrl({ privateListeners: true }, { httpsOnly: false, ports: null }, url);
  if (refusal !== null) throw new InvalidListenerUrl(`${option} ${url}: ${refusal}`);
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = await resolveWithSystem(host).catch((error: unknown) => {
    throw new ListenerCheckError(
      `${host} does not resolve (${(error as NodeJS.ErrnoException).code}). Check the URL.`,
      {
        cause: error,
      },
    );
  });
  const publicAddress = addresses.find(({ address }) => validateAddress(address) === null);
  if (publicAddress !== undefined && !isOwnListener)
    throw new ListenerCheckError(
      `${host} is ${publicAddress.address}, a public address. check-listener sends forged and concurrent requests: ` +
        "add --i-own-this-listener if the listener is yours.",
    );
  return addresses;
}

/** Checks the hooks' URLs in the same way. */
export async function checkHookAddresses(
  hooks: readonly (Hook | null)[],
  isOwnListener: boolean,
): Promise<void> {
  for (const hook of hooks) {
    if (hook?.kind === "url")
      await resolveAddresses(hook.value.replaceAll("{reference}", "0"), hook.option, isOwnListener);
  }
}

/** Connects only to the addresses that were checked, even if the name resolves differently later. */
export const fixedLookup =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, callback) => {
    if (options.all === true) return callback(null, [...addresses]);
    const [first] = addresses;
    if (first === undefined)
      return callback(Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "");
    callback(null, first.address, first.family);
  };
