/**
 * Where a run may go. It sends forged messages and many at once, so it goes to nobody but the person who asked for it:
 * to this machine and to private networks, unless they say that the listener is their own.
 */
import type { LookupFunction } from "node:net";
import { validateAddress, resolveWithSystem, validateCallbackUrl } from "../callbacks/addresses.ts";
import { UsageError, CommandFailed } from "../cli/terminal/exit-codes.ts";
import type { Hook } from "./merchant-hooks.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** The addresses of a URL's host. Throws where one of them is public and nobody said that it is their own. */
export async function resolveAddresses(
  url: string,
  option: string,
  isOwnListener: boolean,
): Promise<readonly Address[]> {
  const refusal = validateCallbackUrl({ privateListeners: true }, { httpsOnly: false, ports: null }, url);
  if (refusal !== null) throw new UsageError(`${option} ${url}: ${refusal}`);
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = await resolveWithSystem(host).catch((error: unknown) => {
    throw new CommandFailed(`${host} does not resolve (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  });
  const publicAddress = addresses.find(({ address }) => validateAddress(address) === null);
  if (publicAddress !== undefined && !isOwnListener)
    throw new CommandFailed(
      `${host} is ${publicAddress.address}, which is on the open internet. This sends forged messages and many at once: ` +
        "say --i-own-this-listener if it is yours.",
    );
  return addresses;
}

/** The same for the developer's own URLs. */
export async function checkHookAddresses(
  hooks: readonly (Hook | null)[],
  isOwnListener: boolean,
): Promise<void> {
  for (const hook of hooks) {
    if (hook?.kind === "url")
      await resolveAddresses(hook.value.replaceAll("{reference}", "0"), hook.option, isOwnListener);
  }
}

/** Connections go to the addresses that were looked at, whatever the name means a moment later. */
export const fixedLookup =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, callback) => {
    if (options.all === true) return callback(null, [...addresses]);
    const [first] = addresses;
    if (first === undefined)
      return callback(Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "");
    callback(null, first.address, first.family);
  };
