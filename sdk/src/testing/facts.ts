/** What `sandbox.json` says: everything that a client or a test needs to begin. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Market } from "../requests.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface MarketInfo {
  readonly country: string;
  readonly currency: string;
  /** Residents with money, who approve whatever they are asked. */
  readonly customers: readonly string[];
  /** Residents who are asked on their handsets. */
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export interface SandboxInfo {
  /** The API key of the application that a fresh sandbox has; it may do everything for every organisation. */
  readonly apiKey: string;
  /** What keys are encrypted to: base64. */
  readonly publicKey: string;
  /** The organisation that the samples pay. */
  readonly serviceProviderCode: string;
  /** The organisation that it pays. */
  readonly receiverPartyCode: string;
  readonly markets: Readonly<Record<Market, MarketInfo>>;
}

export interface SandboxJson {
  readonly gateway: string;
  readonly control: { readonly url: string; readonly token: string };
  readonly openapi: SandboxInfo;
}

/** A server writes it at the moment it is ready, and removes it when it stops. */
export const sandboxJsonPath = (dataDir: string): string => join(dataDir, "sandbox.json");

export function readSandboxJson(dataDir: string): SandboxJson {
  try {
    return JSON.parse(readFileSync(sandboxJsonPath(dataDir), "utf8")) as SandboxJson;
  } catch (cause) {
    throw new SandboxError(`No server is running on the data folder ${dataDir}.`, { cause });
  }
}
