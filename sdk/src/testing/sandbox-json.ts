/** Reads `sandbox.json`: the connection data that clients and tests need. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Market } from "../openapi-v2/requests.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface MarketInfo {
  readonly country: string;
  readonly currency: string;
  /** Seed customers with money, who approve every prompt. */
  readonly customers: readonly string[];
  /** Seed customers who respond on their handsets. */
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export interface SandboxInfo {
  /** The API key of the sandbox's first application, which may use every product for every organisation. */
  readonly apiKey: string;
  /** The public key that encrypts bearers: base64. */
  readonly publicKey: string;
  /** The shortcode of the organisation that the samples act for. */
  readonly serviceProviderCode: string;
  /** The shortcode of the organisation that it pays in B2B samples. */
  readonly receiverPartyCode: string;
  readonly markets: Readonly<Record<Market, MarketInfo>>;
}

export interface SandboxJson {
  readonly gateway: string;
  readonly control: { readonly url: string; readonly token: string };
  readonly openapi: SandboxInfo;
}

/** The server writes the file when it is ready, and removes it when it stops. */
export const sandboxJsonPath = (dataDir: string): string => join(dataDir, "sandbox.json");

export function readSandboxJson(dataDir: string): SandboxJson {
  try {
    return JSON.parse(readFileSync(sandboxJsonPath(dataDir), "utf8")) as SandboxJson;
  } catch (cause) {
    throw new SandboxError(`No server is running on the data folder ${dataDir}. Start one first.`, { cause });
  }
}
