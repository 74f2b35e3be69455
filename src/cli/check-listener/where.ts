/**
 * Where a run may go. It sends forged messages and many at once, so it goes to nobody but the person who asked for it:
 * to this machine and to private networks, unless they say that the listener is their own.
 */
import type { LookupFunction } from "node:net";
import { addressRefusal, resolveAsSystem, urlRefusal } from "../../callbacks/addresses.ts";
import { Misused, Refused } from "../command-error.ts";
import type { Tool } from "./tools.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** The addresses of a URL's host. Throws where one of them is public and nobody said that it is their own. */
export async function addressesOf(url: string, option: string, own: boolean): Promise<readonly Address[]> {
  const refusal = urlRefusal({ environment: "sandbox", privateListeners: true }, "openapi-v2", url);
  if (refusal !== null) throw new Misused(`${option} ${url}: ${refusal}`);
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  const found = await resolveAsSystem(host).catch((error: unknown) => {
    throw new Refused(`${host} does not resolve (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  });
  const open = found.find(({ address }) => addressRefusal(address) === null);
  if (open !== undefined && !own)
    throw new Refused(
      `${host} is ${open.address}, which is on the open internet. This sends forged messages and many at once: ` +
        "say --i-own-this-listener if it is yours.",
    );
  return found;
}

/** The same for the developer's own URLs. */
export async function lookAtTools(tools: readonly (Tool | null)[], own: boolean): Promise<void> {
  for (const tool of tools) {
    if (tool?.kind === "url") await addressesOf(tool.value.replaceAll("{reference}", "0"), tool.option, own);
  }
}

/** Connections go to the addresses that were looked at, whatever the name means a moment later. */
export const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, callback) => {
    if (options.all === true) return callback(null, [...addresses]);
    const [first] = addresses;
    if (first === undefined)
      return callback(Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "");
    callback(null, first.address, first.family);
  };
